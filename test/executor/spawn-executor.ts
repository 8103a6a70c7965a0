import { type ChildProcess, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { EXECUTOR_HEADERS, signExecutorCall } from '../../src/lib/executor-signature.ts'
import { RUN_MAIN } from '../harness/run-main.ts'

export const SECRET = 'a secret that server and executor share'

export type SpawnedExecutor = {
  address: string
  process: ChildProcess
  output(): string
  /** Resolves when it has said something so many times. */
  said(text: string, times?: number): Promise<void>
  /** Resolves when the process has ended, however that came. */
  ended: Promise<void>
  stop(signal?: NodeJS.Signals): Promise<void>
}

/** The real executor in a process of its own. */
export async function spawnExecutor(
  workspaceDir: string,
  settings: Record<string, string> = {},
): Promise<SpawnedExecutor> {
  const child = spawn(process.execPath, [...RUN_MAIN, 'executor'], {
    env: {
      PATH: process.env.PATH,
      EXECUTOR_PORT: '0',
      EXECUTOR_WORKSPACE_DIR: workspaceDir,
      LOGLINE_SHARED_SECRET: SECRET,
      LOG_LEVEL: 'debug',
      LOG_JSON: 'true',
      ...settings,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  const ended = once(child, 'exit').then(() => {})
  const address = await new Promise<string>((resolve, reject) => {
    const read = (chunk: Buffer) => {
      output += chunk
      const found = /Executor +(http:\/\/\S+)/.exec(output)
      if (found) resolve(found[1]!)
    }
    child.stdout.on('data', read)
    child.stderr.on('data', read)
    child.once('exit', (code) => reject(new Error(`the executor ended with code ${code}:\n${output}`)))
  })
  return {
    address,
    process: child,
    output: () => output,
    async said(text, times = 1) {
      while (output.split(text).length <= times) await once(child.stderr, 'data')
    },
    ended,
    async stop(signal = 'SIGTERM') {
      child.kill(signal)
      await ended
    },
  }
}

export type Context = {
  tenant_id: string
  run_id: string | null
  step_id: string | null
  idempotency_key: string
}
export const CONTEXT: Context = {
  tenant_id: 'acme',
  run_id: 'run-1',
  step_id: 'step-1',
  idempotency_key: 'key-1',
}

/** What a call can have wrong: each part as it should be unless it says otherwise. */
export type CallParts = {
  context?: Partial<Context>
  secret?: string
  timestamp?: string
  nonce?: string
  body?: string
  /** What is signed, where it is not the body. */
  signedBody?: string
  headers?: Record<string, string>
  signal?: AbortSignal
}

export function callOf(toolId: string, input: unknown, parts: CallParts = {}) {
  const { secret = SECRET, timestamp = String(Date.now()), nonce = randomUUID() } = parts
  const context = { ...CONTEXT, ...parts.context }
  const body = parts.body ?? JSON.stringify({ tool_id: toolId, input, context })
  const headers: Record<string, string> = {
    'content-type': 'application/json',
    [EXECUTOR_HEADERS.toolId]: toolId,
    [EXECUTOR_HEADERS.timestamp]: timestamp,
    [EXECUTOR_HEADERS.nonce]: nonce,
    [EXECUTOR_HEADERS.signature]: signExecutorCall(secret, {
      timestamp,
      nonce,
      body: parts.signedBody ?? body,
    }),
    ...parts.headers,
  }
  return { method: 'POST', headers, body, ...(parts.signal && { signal: parts.signal }) }
}

// biome-ignore lint/suspicious/noExplicitAny: tests read answers of every shape, and assert what they read
export type ExecutorAnswer = { status: number; body: any }

export async function send(address: string, call: RequestInit): Promise<ExecutorAnswer> {
  const response = await fetch(`${address}/execute`, call)
  return { status: response.status, body: await response.json() }
}

export const execute = (address: string, toolId: string, input: unknown, parts: CallParts = {}) =>
  send(address, callOf(toolId, input, parts))
