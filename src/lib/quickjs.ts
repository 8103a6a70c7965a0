import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import {
  newQuickJSWASMModuleFromVariant,
  newVariant,
  type QuickJSContext,
  type QuickJSHandle,
  type QuickJSRuntime,
  type QuickJSWASMModule,
  RELEASE_SYNC,
} from 'quickjs-emscripten'

/** The types of Node do not know it. */
const { WebAssembly } = globalThis as unknown as {
  WebAssembly: {
    Module: new (bytes: Uint8Array) => object
    Memory: new (size: { initial: number; maximum: number }) => { buffer: ArrayBuffer }
  }
}
const PAGE_BYTES = 64 * 1024
/** What the module asks for to begin with. */
const INITIAL_PAGES = 256

/** The build behind RELEASE_SYNC: a dependency of quickjs-emscripten and not of ours, so it is looked up from there. */
const WASM_FILE = '@jitl/quickjs-wasmfile-release-sync/wasm'
const require = createRequire(createRequire(import.meta.url).resolve('quickjs-emscripten'))
// Compiled once: an instance of its own for every call then costs about a millisecond.
const wasmModule = new WebAssembly.Module(readFileSync(require.resolve(WASM_FILE)))

/** The limit on the stack of what runs inside, well within what the thread is given. */
export const QUICKJS_STACK_BYTES = 256 * 1024

/** What QuickJS itself says when a limit is met. */
export const OUT_OF_MEMORY = /out of memory|string too long/
export const STACK_OVERFLOW = /stack overflow|Maximum call stack/

/**
 * An instance with memory that cannot grow beyond a limit. QuickJS has a limit of its own, but built for WebAssembly it
 * counts what is asked for at once and not what adds up: with 64 MB set, 2 GB could be filled (quickjs-emscripten#271).
 */
export async function startQuickJs(
  memoryLimitBytes: number,
): Promise<{ quickjs: QuickJSWASMModule; isFull: () => boolean }> {
  const maximum = Math.max(INITIAL_PAGES, Math.floor(memoryLimitBytes / PAGE_BYTES))
  const memory = new WebAssembly.Memory({ initial: INITIAL_PAGES, maximum })
  const variant = newVariant(RELEASE_SYNC, { wasmModule, wasmMemory: memory })
  return {
    quickjs: await newQuickJSWASMModuleFromVariant(variant),
    isFull: () => memory.buffer.byteLength > maximum * PAGE_BYTES * 0.9,
  }
}

/** A QuickJS at work for one call. */
export type QuickJsRun = {
  context: QuickJSContext
  runtime: QuickJSRuntime
  deadline: number
  /** True from the moment on at which it was found that the call must end. */
  interrupted: boolean
  mustEnd: () => boolean
  /** Whether its memory has grown as far as it may. */
  isMemoryFull: () => boolean
}

/** What code may use: no more time and memory than this, and nobody runs it on for whoever went away. */
export function openQuickJsRun(
  quickjs: QuickJSWASMModule,
  { memoryLimitBytes, timeLimitMs }: { memoryLimitBytes: number; timeLimitMs: number },
  { isMemoryFull, isAbandoned }: { isMemoryFull: () => boolean; isAbandoned: () => boolean },
): QuickJsRun {
  const runtime = quickjs.newRuntime({ memoryLimitBytes, maxStackSizeBytes: QUICKJS_STACK_BYTES })
  const run: QuickJsRun = {
    context: runtime.newContext(),
    runtime,
    deadline: performance.now() + timeLimitMs,
    interrupted: false,
    isMemoryFull,
    mustEnd() {
      run.interrupted ||= isAbandoned() || performance.now() > run.deadline
      return run.interrupted
    },
  }
  runtime.setInterruptHandler(run.mustEnd)
  return run
}

/** Some time to read what was thrown, which may run code again. */
const DESCRIBE_MS = 50

/** What was thrown, in the words of a prelude's `describe`; null when it cannot be told. */
export function describeThrown(run: QuickJsRun, prelude: QuickJSHandle, error: QuickJSHandle): string | null {
  const { context } = run
  run.deadline = performance.now() + DESCRIBE_MS
  const described = context.callFunction(context.getProp(prelude, 'describe'), context.undefined, error)
  run.interrupted = false
  return described.error ? null : context.getString(described.value)
}

export type Settled =
  | { type: 'value'; value: QuickJSHandle }
  | { type: 'threw'; error: QuickJSHandle }
  | { type: 'pending' }

/** Runs what promises have left to do until nothing is left. Many short jobs never meet the handler of long ones. */
export function settlePromise({ context, runtime, mustEnd }: QuickJsRun, value: QuickJSHandle): Settled {
  while (runtime.hasPendingJob()) {
    const jobs = runtime.executePendingJobs(100)
    if (jobs.error) return { type: 'threw', error: jobs.error }
    if (mustEnd()) return { type: 'threw', error: context.undefined }
  }
  const state = context.getPromiseState(value)
  if (state.type === 'fulfilled') return { type: 'value', value: state.value }
  if (state.type === 'rejected') return { type: 'threw', error: state.error }
  return { type: 'pending' }
}
