import { type ChildProcess, spawn } from 'node:child_process'
import { realpathSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
const PROGRAM = fileURLToPath(new URL(`./program-process.${extension}`, import.meta.url))

/** Where our own modules and packages stand: all that the process may read. */
const READABLE = [
  realpathSync(join(dirname(PROGRAM), '..')),
  packagesFolder(realpathSync(createRequire(import.meta.url).resolve('quickjs-emscripten'))),
]

function packagesFolder(file: string): string {
  const segments = file.split(sep)
  return segments.slice(0, segments.lastIndexOf('node_modules') + 1).join(sep)
}

/** A little more than a program may compute: the kernel ends what outlives us, e.g. when this process is killed. */
const limitsOf = (timeLimitMs: number) =>
  `ulimit -t ${Math.ceil(timeLimitMs / 1000) + 5}; ulimit -f 0; ulimit -c 0; exec "$0" "$@"`

/**
 * Starts a process for one program, with an empty environment, in a group of its own. It can read our modules and
 * nothing else, write no file, start no process or thread, and is held to computing time by the kernel. What keeps a
 * program in is QuickJS; this is for what might get out of it.
 */
export function startProgramProcess(timeLimitMs: number): ChildProcess {
  const readable = READABLE.map((folder) => `--allow-fs-read=${join(folder, '*')}`)
  const node = [
    process.execPath,
    '--permission',
    ...readable,
    '--max-old-space-size=128',
    '--no-warnings',
    PROGRAM,
  ]
  return spawn('/bin/sh', ['-c', limitsOf(timeLimitMs), ...node], {
    cwd: '/',
    env: {},
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
  })
}

/** Ends the process and whatever it may have started. */
export function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}
