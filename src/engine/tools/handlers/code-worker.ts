import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { parentPort } from 'node:worker_threads'
import { newQuickJSWASMModuleFromVariant, newVariant, RELEASE_SYNC } from 'quickjs-emscripten'
import { type CodeAnswer, type CodeRequest, checkSyntax, runCode } from './run-code.ts'

/** The thread in which tools that are code run, one call after the other. */
export type ToCodeWorker = { type: 'run'; request: CodeRequest } | { type: 'check'; code: string }
export type FromCodeWorker = { type: 'ran'; answer: CodeAnswer } | { type: 'checked'; fault: string | null }

const port = parentPort!

// Compiled once: an instance of its own for every call then costs about a millisecond.
const require = createRequire(createRequire(import.meta.url).resolve('quickjs-emscripten'))
const wasmModule = new WebAssembly.Module(
  readFileSync(require.resolve('@jitl/quickjs-wasmfile-release-sync/wasm')),
)
const variant = newVariant(RELEASE_SYNC, { wasmModule })

port.on('message', async (message: ToCodeWorker) => {
  const quickjs = await newQuickJSWASMModuleFromVariant(variant)
  const reply: FromCodeWorker =
    message.type === 'run'
      ? { type: 'ran', answer: runCode(quickjs, message.request) }
      : { type: 'checked', fault: checkSyntax(quickjs, message.code) }
  port.postMessage(reply)
})
