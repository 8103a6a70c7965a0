import { parentPort } from 'node:worker_threads'
import { startQuickJs } from '../../../lib/quickjs.ts'
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

port.on('message', async (message: ToCodeWorker) => {
  if (message.type === 'run') {
    const { quickjs, isFull } = await startQuickJs(message.request.memoryLimitBytes)
    return send({ type: 'ran', answer: runCode(quickjs, message.request, isFull) })
  }
  const { quickjs } = await startQuickJs(CHECK_MEMORY_BYTES)
  send({ type: 'checked', fault: checkSyntax(quickjs, message.code) })
})
send({ type: 'ready' })
