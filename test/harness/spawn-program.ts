import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { RUN_MAIN } from './run-main.ts'

export type SpawnedProgram = {
  address: string
  process: ChildProcess
  output(): string
  /** Resolves when it has said something so many times. */
  said(text: string, times?: number): Promise<void>
  /** Resolves when the process has ended, however that came. */
  ended: Promise<void>
  /** Ends it with a signal and waits. */
  stop(signal?: NodeJS.Signals): Promise<void>
}

/**
 * The real program in a process of its own, ready to answer.
 *
 * @param ready finds the address in what it prints when it is.
 */
export async function spawnProgram(
  command: 'serve' | 'executor',
  ready: RegExp,
  settings: Record<string, string>,
): Promise<SpawnedProgram> {
  const child = spawn(process.execPath, [...RUN_MAIN, command], {
    env: { PATH: process.env.PATH, ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  const ended = once(child, 'exit').then(() => {})
  const address = await new Promise<string>((resolve, reject) => {
    const read = (chunk: Buffer) => {
      output += chunk
      const found = ready.exec(output)
      if (found) resolve(found[1]!)
    }
    child.stdout.on('data', read)
    child.stderr.on('data', read)
    child.once('exit', (code) =>
      reject(new Error(`${command} ended with code ${code} before it was ready:\n${output}`)),
    )
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
