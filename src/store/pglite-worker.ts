import { parentPort, workerData } from 'node:worker_threads'
import { PGlite, type PGliteOptions } from '@electric-sql/pglite'

/**
 * The embedded PostgreSQL, in a thread of its own so that a heavy query never stops the event loop (measured: 1 ms
 * instead of 600 ms). It speaks the wire protocol: bytes in, bytes out, one message at a time, in order.
 */
export type ToWorker = { type: 'bytes'; bytes: Uint8Array } | { type: 'close' }
export type FromWorker =
  | { type: 'ready' }
  | { type: 'bytes'; bytes: Uint8Array }
  | { type: 'closed' }
  | { type: 'failed'; message: string }

export type WorkerData = { dataDir: string; pgliteWasmModule: CompiledCode }
/** A `WebAssembly.Module`, which the types of Node do not name. */
export type CompiledCode = NonNullable<PGliteOptions['pgliteWasmModule']>

/**
 * Of the 128 MB that PostgreSQL takes by itself, each start would fill in every page: 125 MB of memory and 0.1 s of work. What
 * is not in these stands in the cache of the operating system, and a database of 40 MB is read as fast.
 */
const SHARED_BUFFERS = '16MB'

const port = parentPort!
const { dataDir, pgliteWasmModule } = workerData as WorkerData
const send = (message: FromWorker, transfer: ArrayBuffer[] = []) => port.postMessage(message, transfer)

try {
  const database = await PGlite.create({
    dataDir,
    pgliteWasmModule,
    startParams: [...PGlite.defaultStartParams, '-c', `shared_buffers=${SHARED_BUFFERS}`],
  })
  let previous: Promise<unknown> = Promise.resolve()
  const handle = async (message: ToWorker) => {
    switch (message.type) {
      case 'bytes': {
        // execProtocolRaw would parse the answer once more, and keep every row of it for good.
        const pieces: Uint8Array[] = []
        await database.execProtocolRawStream(message.bytes, {
          // A copy, because a piece is a view of memory that the database goes on using.
          onRawData: (piece) => pieces.push(piece.slice()),
        })
        const copy = new Uint8Array(Buffer.concat(pieces))
        return send({ type: 'bytes', bytes: copy }, [copy.buffer])
      }
      case 'close':
        await database.close()
        return send({ type: 'closed' })
    }
  }
  port.on('message', (message: ToWorker) => {
    previous = previous
      .then(() => handle(message))
      .catch((error: Error) => send({ type: 'failed', message: error.message }))
  })
  send({ type: 'ready' })
} catch (error) {
  send({ type: 'failed', message: (error as Error).message })
}
