import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { ReadBuffer, serializeMessage } from '@modelcontextprotocol/sdk/shared/stdio.js'
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js'

export type StdioSettings = {
  command: string
  args: string[]
  /** All of it: nothing of our own environment is added. */
  env: Record<string, string>
  cwd?: string
  maxMessageBytes: number
  onStderr: (line: string) => void
}

export type StdioTransport = Transport & {
  /** How the process ended, in words, if it has. */
  ending(): string | undefined
}

/** What a process gets to end by itself, and again after being asked to. */
const PATIENCE_MS = 1000
/** What is still in the pipes of a process that ended is read, but not waited for longer. */
const DRAIN_MS = 200

const inGroups = process.platform !== 'win32'

/**
 * Speaks MCP with a program that it starts. Unlike the transport of the SDK it hands on no environment of its own, ends
 * the whole process group (`npx` and shells start others), and knows how the process ended.
 */
export function createStdioTransport(settings: StdioSettings): StdioTransport {
  const buffer = new ReadBuffer({ maxBufferSize: settings.maxMessageBytes })
  let child: ChildProcess | undefined
  let ending: string | undefined
  let closed = false
  const exited = Promise.withResolvers<void>()

  const reportClosed = () => {
    if (closed) return
    closed = true
    transport.onclose?.()
  }
  const read = (chunk: Buffer) => {
    try {
      buffer.append(chunk)
    } catch {
      ending ??= `sent a message of more than ${settings.maxMessageBytes} bytes`
      void transport.close()
      return
    }
    for (;;) {
      try {
        const message = buffer.readMessage()
        if (message === null) return
        transport.onmessage?.(message)
      } catch (error) {
        transport.onerror?.(error as Error) // a line that is no message, such as a greeting
      }
    }
  }
  const transport: StdioTransport = {
    ending: () => ending,
    start: () =>
      new Promise((resolve, reject) => {
        child = spawn(settings.command, settings.args, {
          env: settings.env,
          cwd: settings.cwd,
          stdio: ['pipe', 'pipe', 'pipe'],
          shell: false,
          detached: inGroups,
          windowsHide: true,
        })
        child.once('spawn', resolve)
        child.once('error', (error: NodeJS.ErrnoException) => {
          ending ??= `could not be started (${error.code ?? error.message})`
          exited.resolve()
          reject(error)
          reportClosed()
        })
        child.once('exit', (code, signal) => {
          ending ??= signal === null ? `ended with code ${code}` : `was ended by ${signal}`
          exited.resolve()
          setTimeout(reportClosed, DRAIN_MS).unref()
        })
        child.once('close', reportClosed)
        child.stdout!.on('data', read)
        for (const stream of [child.stdin!, child.stdout!, child.stderr!]) {
          stream.on('error', (error) => transport.onerror?.(error))
        }
        createInterface({ input: child.stderr! }).on('line', settings.onStderr)
      }),
    send: (message) =>
      new Promise((resolve, reject) => {
        const refuse = () =>
          reject(Object.assign(new Error('the process has ended'), { code: 'ERR_PROCESS_ENDED' }))
        if (closed || !child?.stdin?.writable) return refuse()
        child.stdin.write(serializeMessage(message), (error) => (error ? refuse() : resolve()))
      }),
    async close() {
      if (child?.pid !== undefined) {
        child.stdin?.end()
        const isGone = () => Promise.race([exited.promise.then(() => true), wait(PATIENCE_MS)])
        if (!(await isGone())) {
          signalGroup(child, 'SIGTERM')
          await isGone()
        }
        signalGroup(child, 'SIGKILL') // the process, or what it left behind
        await exited.promise
      }
      reportClosed()
    },
  }
  return transport
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  try {
    if (inGroups) process.kill(-child.pid!, signal)
    else child.kill(signal)
  } catch {
    // Nobody is left.
  }
}

const wait = (ms: number) => new Promise<false>((resolve) => setTimeout(() => resolve(false), ms).unref())
