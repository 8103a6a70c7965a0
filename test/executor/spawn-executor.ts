import { randomUUID } from 'node:crypto'
import { EXECUTOR_HEADERS, signExecutorCall } from '../../src/lib/executor-signature.ts'
import { type SpawnedProgram, spawnProgram } from '../harness/spawn-program.ts'

export const SECRET = 'a secret that server and executor share'

/** The real executor in a process of its own. */
export const spawnExecutor = (
  workspaceDir: string,
  settings: Record<string, string> = {},
): Promise<SpawnedProgram> =>
  spawnProgram('executor', /Executor +(http:\/\/\S+)/, {
    EXECUTOR_PORT: '0',
    EXECUTOR_WORKSPACE_DIR: workspaceDir,
    LOGLINE_SHARED_SECRET: SECRET,
    LOG_LEVEL: 'debug',
    LOG_JSON: 'true',
    ...settings,
  })

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
