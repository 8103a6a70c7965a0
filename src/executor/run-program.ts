import type { QuickJSContext, QuickJSHandle, QuickJSWASMModule } from 'quickjs-emscripten'
import {
  describeThrown,
  OUT_OF_MEMORY,
  openQuickJsRun,
  STACK_OVERFLOW,
  settlePromise,
} from '../lib/quickjs.ts'
import type { ProgramEnding } from './program-endings.ts'
import { PROGRAM_PRELUDE } from './program-prelude.ts'
import type { ProgramRequest } from './program-process.ts'

const LONGEST_FAULT = 2000

/**
 * Runs a JavaScript program in a QuickJS that nothing else uses: the language and `console`, and nothing that reaches
 * out: no network, files, timers, modules or anything of this process.
 *
 * @param isAbandoned whether nobody waits for the program any more.
 * @param write takes what the program prints, by stream: 1 is its output, 2 its errors.
 */
export function runProgram(
  quickjs: QuickJSWASMModule,
  request: ProgramRequest,
  isMemoryFull: () => boolean,
  isAbandoned: () => boolean,
  write: (stream: number, text: string) => void,
): ProgramEnding {
  const run = openQuickJsRun(quickjs, request, { isMemoryFull, isAbandoned })
  const { context } = run
  const explain = (error: QuickJSHandle, prelude: QuickJSHandle): ProgramEnding => {
    if (run.interrupted) return 'time'
    const said = describeThrown(run, prelude, error)
    // Where there is no room for an error, `null` is thrown.
    const noRoom = isMemoryFull() && (said === null || said === 'null')
    if (noRoom || OUT_OF_MEMORY.test(said ?? '')) return 'memory'
    write(2, `${explainText(said ?? 'something that cannot be shown').slice(0, LONGEST_FAULT)}\n`)
    return 'failed'
  }
  try {
    const prelude = startPrelude(context, write)
    const module = context.evalCode(request.code, 'program.js', { type: 'module', strict: true })
    if (module.error) return explain(module.error, prelude)
    const settled = settlePromise(run, module.value)
    if (settled.type === 'threw') return explain(settled.error, prelude)
    if (settled.type === 'value') return 'done'
    write(
      2,
      'the program waits for a promise that nothing will ever settle: there are no timers and no network\n',
    )
    return 'failed'
  } catch (error) {
    // Out of the engine itself, which is thrown away anyway.
    if (run.interrupted) return 'time'
    if (!STACK_OVERFLOW.test((error as Error).message)) return 'memory'
    write(2, `${TOO_DEEP}\n`)
    return 'failed'
  }
}

const TOO_DEEP = 'the program calls itself too deeply, or nests a value too deeply'

function explainText(said: string): string {
  if (STACK_OVERFLOW.test(said)) return TOO_DEEP
  if (/could not load module/.test(said))
    return 'the program imports a module, and there are none: write what it needs into it'
  return said
}

/** Evaluated before any foreign code, so that its functions are still those of the language. */
function startPrelude(context: QuickJSContext, write: (stream: number, text: string) => void): QuickJSHandle {
  const print = context.newFunction('print', (stream, text) => {
    write(context.getNumber(stream), context.getString(text))
  })
  const make = context.unwrapResult(context.evalCode(PROGRAM_PRELUDE, 'prelude.js'))
  return context.unwrapResult(context.callFunction(make, context.undefined, print))
}
