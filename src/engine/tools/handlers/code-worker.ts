import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { parentPort } from 'node:worker_threads'
import { newQuickJSWASMModuleFromVariant, newVariant, RELEASE_SYNC } from 'quickjs-emscripten'
import { type CodeAnswer, type CodeRequest, checkSyntax, runCode } from './run-code.ts'

/** The thread in which tools that are code run, one call after the other. */
export type ToCodeWorker = { type: 'run'; request: CodeRequest } | { type: 'check'; code: string }
export type FromCodeWorker =
  | { type: 'ready' }
  | { type: 'ran'; answer: CodeAnswer }
  | { type: 'checked'; fault: string | null }

const port = parentPort!
const send = (message: FromCodeWorker) => port.postMessage(message)

const CHECK_MEMORY_BYTES = 64 * 1024 * 1024

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

/**
 * An instance with memory that cannot grow beyond a limit. QuickJS has a limit of its own, but built for WebAssembly it
 * counts what is asked for at once and not what adds up: with 64 MB set, 2 GB could be filled (quickjs-emscripten#271).
 */
async function startQuickJs(memoryLimitBytes: number) {
  const maximum = Math.max(INITIAL_PAGES, Math.floor(memoryLimitBytes / PAGE_BYTES))
  const memory = new WebAssembly.Memory({ initial: INITIAL_PAGES, maximum })
  const variant = newVariant(RELEASE_SYNC, { wasmModule, wasmMemory: memory })
  return {
    quickjs: await newQuickJSWASMModuleFromVariant(variant),
    isFull: () => memory.buffer.byteLength > maximum * PAGE_BYTES * 0.9,
  }
}

port.on('message', async (message: ToCodeWorker) => {
  if (message.type === 'run') {
    const { quickjs, isFull } = await startQuickJs(message.request.memoryLimitBytes)
    return send({ type: 'ran', answer: runCode(quickjs, message.request, isFull) })
  }
  const { quickjs } = await startQuickJs(CHECK_MEMORY_BYTES)
  send({ type: 'checked', fault: checkSyntax(quickjs, message.code) })
})
send({ type: 'ready' })
