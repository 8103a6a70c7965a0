import type { QuickJSContext, QuickJSHandle, QuickJSWASMModule } from 'quickjs-emscripten'
import {
  describeThrown,
  OUT_OF_MEMORY,
  openQuickJsRun,
  QUICKJS_STACK_BYTES,
  type QuickJsRun,
  STACK_OVERFLOW,
  settlePromise,
} from '../../../lib/quickjs.ts'
import { CODE_PRELUDE } from './code-prelude.ts'

/** One call of a tool that is code, as it travels to the thread that runs it. */
export type CodeRequest = {
  code: string
  /** JSON texts, parsed inside, so that no object of ours is ever reachable. */
  input: string
  context: string
  timeLimitMs: number
  memoryLimitBytes: number
  maxOutputCharacters: number
  /** One number that becomes 1 when the call is no longer wanted. */
  cancelled: Int32Array
}

export type CodeAnswer =
  | { type: 'done'; output: string; console: string[] }
  | { type: 'failed'; code: string; message: string; console: string[] }

const MAX_CONSOLE_LINES = 100

/**
 * Runs code in a QuickJS that nothing else used before or will use after: no leftover of one call is within reach of
 * the next, whoever's it is. Inside there is the language and `console`, and nothing that reaches out.
 *
 * @param isMemoryFull whether the memory of this QuickJS has grown as far as it may.
 */
export function runCode(
  quickjs: QuickJSWASMModule,
  request: CodeRequest,
  isMemoryFull: () => boolean,
): CodeAnswer {
  const isAbandoned = () => Atomics.load(request.cancelled, 0) === 1
  const run = openQuickJsRun(quickjs, request, { isMemoryFull, isAbandoned })
  const { context } = run
  const lines: string[] = []
  const fail = (code: string, message: string): CodeAnswer => ({
    type: 'failed',
    code,
    message,
    console: lines,
  })
  try {
    const prelude = startPrelude(context, lines)
    const module = context.evalCode(request.code, 'tool.js', { type: 'module', strict: true })
    if (module.error) return fail(...explainThrown(run, prelude, module.error, request, 'parsing'))
    const evaluated = settlePromise(run, module.value)
    if (evaluated.type === 'pending') return fail('code_unsettled', NEVER_SETTLES)
    if (evaluated.type === 'threw') return fail(...explainThrown(run, prelude, evaluated.error, request))

    const main = context.getProp(evaluated.value, 'default')
    if (context.typeof(main) !== 'function') {
      return fail(
        'code_invalid',
        'expected the code to have `export default function (input, context) { … }`',
      )
    }
    const called = context.callFunction(
      context.getProp(prelude, 'call'),
      context.undefined,
      main,
      context.newString(request.input),
      context.newString(request.context),
      context.newNumber(request.maxOutputCharacters),
    )
    if (called.error) return fail(...explainThrown(run, prelude, called.error, request))
    const answer = settlePromise(run, called.value)
    if (answer.type === 'pending') return fail('code_unsettled', NEVER_SETTLES)
    if (answer.type === 'threw') return fail(...explainThrown(run, prelude, answer.error, request))
    return { type: 'done', output: context.getString(answer.value), console: lines }
  } catch (error) {
    // Out of the engine itself: it is thrown away after this call anyway.
    if (run.interrupted) return fail(...describeInterruption(request))
    const { message } = error as Error
    if (STACK_OVERFLOW.test(message)) return fail('code_stack_overflow', TOO_DEEP)
    return fail('code_out_of_memory', describeMemory(request))
  }
}

const NEVER_SETTLES =
  'the code waits for a promise that nothing will ever settle: there are no timers and no network'
const TOO_DEEP = 'the code calls itself too deeply, or nests a value too deeply'

const describeMemory = ({ memoryLimitBytes }: CodeRequest) =>
  `the code needs more than the ${Math.round(memoryLimitBytes / 1024 / 1024)} MB of memory it is given`

/** What it may use, evaluated before any foreign code, so that its functions are still those of the language. */
function startPrelude(context: QuickJSContext, lines: string[]): QuickJSHandle {
  const print = context.newFunction('print', (text) => {
    if (lines.length < MAX_CONSOLE_LINES) lines.push(context.getString(text))
  })
  const make = context.unwrapResult(context.evalCode(CODE_PRELUDE, 'prelude.js'))
  return context.unwrapResult(context.callFunction(make, context.undefined, print))
}

function explainThrown(
  run: QuickJsRun,
  prelude: QuickJSHandle,
  error: QuickJSHandle,
  request: CodeRequest,
  phase: 'parsing' | 'running' = 'running',
): [string, string] {
  if (run.interrupted) return describeInterruption(request)
  const said = describeThrown(run, prelude, error)
  const text = said ?? 'something that cannot be shown'
  // Where there is no room for an error, `null` is thrown.
  const noRoom = run.isMemoryFull() && (said === null || said === 'null')
  if (noRoom || OUT_OF_MEMORY.test(text)) return ['code_out_of_memory', describeMemory(request)]
  if (STACK_OVERFLOW.test(text)) return ['code_stack_overflow', TOO_DEEP]
  const output = /^code_output_(invalid|too_large): /.exec(text)
  if (output) return [`code_output_${output[1]}`, text.slice(output[0].length)]
  if (/could not load module/.test(text)) {
    return ['code_invalid', 'the code imports a module, and there are none: write what it needs into it']
  }
  if (phase === 'parsing' && text.startsWith('SyntaxError')) {
    return ['code_invalid', `the code is not a JavaScript module: ${text}`]
  }
  return ['code_threw', `the code threw ${text}`]
}

function describeInterruption({ cancelled, timeLimitMs }: CodeRequest): [string, string] {
  return Atomics.load(cancelled, 0) === 1
    ? ['code_cancelled', 'the code was stopped']
    : ['code_timeout', `the code ran for more than the ${timeLimitMs} ms it is given`]
}

/** Whether code can be parsed: null, or what is wrong with it. Nothing of it is run. */
export function checkSyntax(quickjs: QuickJSWASMModule, code: string): string | null {
  const runtime = quickjs.newRuntime({ maxStackSizeBytes: QUICKJS_STACK_BYTES })
  const context = runtime.newContext()
  const deadline = performance.now() + 1000
  runtime.setInterruptHandler(() => performance.now() > deadline)
  try {
    const prelude = startPrelude(context, [])
    const compiled = context.evalCode(code, 'tool.js', { type: 'module', compileOnly: true })
    // A module that was only compiled comes back as a value of no type, at times in the place of an error.
    if (!compiled.error || context.typeof(compiled.error) !== 'object') return null
    const described = context.callFunction(
      context.getProp(prelude, 'describe'),
      context.undefined,
      compiled.error,
    )
    return described.error ? 'it cannot be parsed' : context.getString(described.value)
  } catch {
    return 'it is nested too deeply'
  }
}
