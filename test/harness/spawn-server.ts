import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { RUN_MAIN } from './run-main.ts'
import { UNLIMITED } from './unlimited.ts'

export type SpawnedServer = {
  address: string
  process: ChildProcess
  output(): string
  /** Resolves when the process has ended, however that came. */
  ended: Promise<void>
  /** Ends it with a signal and waits. */
  stop(signal?: NodeJS.Signals): Promise<void>
}

/** The real program in a process of its own, ready to answer. For tests that kill it. */
export async function spawnServer(
  dataDir: string,
  settings: Record<string, string> = {},
): Promise<SpawnedServer> {
  const child = spawn(process.execPath, [...RUN_MAIN, 'serve'], {
    env: {
      PATH: process.env.PATH,
      PORT: '0',
      DATA_DIR: dataDir,
      LOG_LEVEL: 'warn',
      ...UNLIMITED,
      ...settings,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  const ended = once(child, 'exit').then(() => {})
  const address = await new Promise<string>((resolve, reject) => {
    const read = (chunk: Buffer) => {
      output += chunk
      const found = /Studio +(http:\/\/\S+)\/studio\//.exec(output)
      if (found) resolve(found[1]!)
    }
    child.stdout.on('data', read)
    child.stderr.on('data', read)
    child.once('exit', (code) =>
      reject(new Error(`the server ended with code ${code} before it was ready:\n${output}`)),
    )
  })
  return {
    address,
    process: child,
    output: () => output,
    ended,
    async stop(signal = 'SIGTERM') {
      child.kill(signal)
      await ended
    },
  }
}
