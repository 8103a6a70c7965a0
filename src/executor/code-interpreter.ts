import { once } from 'node:events'
import type { Json } from '../lib/canonical-json.ts'
import { AppError } from '../lib/errors.ts'
import { parseToolInput } from './parse-tool-input.ts'
import { EXIT_CODES, type ProgramEnding } from './program-endings.ts'
import type { ProgramRequest } from './program-process.ts'
import { CodeInput } from './schema.ts'
import { killGroup, startProgramProcess } from './start-program.ts'
import { type ExecutorTool, notAvailable } from './tool.ts'
import { openTurns } from './turns.ts'

type CodeSettings = {
  timeLimitMs: number
  memoryLimitBytes: number
  maxOutputBytes: number
  atOnce: number
}

export const CODE_LIMITS = { memoryLimitBytes: 128 * 1024 * 1024, maxOutputBytes: 1024 * 1024, atOnce: 4 }

/** What a process gets for starting and for ending by itself before it is killed. */
const GRACE_MS = 2_000

/** As `timeout` and a killed process end in a shell. */
const SHELL_CODES = { done: 0, failed: 1, output: 1, time: 124, memory: 137 }

type Ending = ProgramEnding | 'output'
type Ended = { ending: Ending; stdout: string; stderr: string; durationMs: number }

/** Runs a program and answers what it printed. A program that fails or meets a limit has an exit code, and is an answer too. */
export function makeCodeInterpreter(settings: CodeSettings): ExecutorTool {
  const turns = openTurns(settings.atOnce)
  return {
    id: 'code_interpreter',
    availability: { available: true, languages: ['javascript'] },
    async run(input, _context, signal) {
      const { language, code } = parseToolInput(CodeInput, input)
      if (language === 'python') {
        throw notAvailable('this executor has no Python: write the program in JavaScript; nothing was run')
      }
      return turns.take(signal, async () => present(await runInProcess(code, settings, signal), settings))
    },
  }
}

async function runInProcess(code: string, settings: CodeSettings, signal: AbortSignal): Promise<Ended> {
  const { timeLimitMs, memoryLimitBytes, maxOutputBytes } = settings
  const started = performance.now()
  const child = startProgramProcess(timeLimitMs)
  let stopped: 'time' | 'output' | 'hang up' | null = null
  const stop = (why: typeof stopped) => {
    stopped ??= why
    killGroup(child)
  }
  const outputs = { stdout: [] as Buffer[], stderr: [] as Buffer[] }
  let bytes = 0
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]!.on('data', (chunk: Buffer) => {
      outputs[name].push(chunk.subarray(0, Math.max(0, maxOutputBytes - bytes)))
      bytes += chunk.length
      if (bytes > maxOutputBytes) stop('output')
    })
  }
  const timer = setTimeout(() => stop('time'), timeLimitMs + GRACE_MS)
  const hangUp = () => stop('hang up')
  signal.addEventListener('abort', hangUp, { once: true })
  if (signal.aborted) hangUp()
  // One that ended early reads nothing; its exit code says so.
  child.stdin!.on('error', () => {})
  const request: ProgramRequest = { code, timeLimitMs, memoryLimitBytes }
  child.stdin!.end(JSON.stringify(request))
  try {
    const [exitCode] = (await once(child, 'close')) as [number | null]
    return {
      ending: endingOf(exitCode, stopped),
      stdout: readText(outputs.stdout),
      stderr: readText(outputs.stderr),
      durationMs: Math.round(performance.now() - started),
    }
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', hangUp)
    killGroup(child)
  }
}

function endingOf(exitCode: number | null, stopped: 'time' | 'output' | 'hang up' | null): Ending {
  if (stopped === 'time' || stopped === 'output') return stopped
  const known = Object.entries(EXIT_CODES).find(([, code]) => code === exitCode)
  if (known && stopped === null) return known[0] as ProgramEnding
  throw new AppError({
    code: 'SANDBOX_LOST',
    status: 500,
    message:
      stopped === 'hang up'
        ? 'the program was stopped, as the caller hung up'
        : `the process that ran the program broke down (${exitCode ?? 'killed'}): the machine may be out of memory`,
  })
}

function present({ ending, stdout, stderr, durationMs }: Ended, settings: CodeSettings): Json {
  const notes: Record<Ending, string> = {
    done: '',
    failed: '',
    time: `stopped: the program ran for more than the ${settings.timeLimitMs} ms it is given`,
    memory: `stopped: the program needs more than the ${settings.memoryLimitBytes / 1024 / 1024} MB of memory it is given`,
    output: `stopped: the program printed more than ${settings.maxOutputBytes} bytes`,
  }
  const note = notes[ending]
  const gap = note === '' || stderr === '' || stderr.endsWith('\n') ? '' : '\n'
  return {
    stdout,
    stderr: note === '' ? stderr : `${stderr}${gap}${note}\n`,
    exit_code: SHELL_CODES[ending],
    duration_ms: durationMs,
  }
}

/** Text that JSON of the ledger can carry: no NUL, no half characters. */
const readText = (chunks: Buffer[]) => Buffer.concat(chunks).toString('utf8').replaceAll('\0', '\u{fffd}')
