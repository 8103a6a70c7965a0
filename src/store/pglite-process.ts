import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { Duplex } from 'node:stream'
import { Worker } from 'node:worker_threads'
import type { CompiledCode, FromWorker, ToWorker, WorkerData } from './pglite-worker.ts'

export type PgliteProcess = {
  /** A new stream for node-postgres, in place of a socket. One at a time: PGlite has one session. */
  openStream(): Duplex
  close(): Promise<void>
}

declare const WebAssembly: { compile(bytes: Uint8Array): Promise<CompiledCode> }

/** Compiled code belongs to the process: a thread that compiled for itself would take it along when it ends. */
let compiled: Promise<CompiledCode> | undefined

async function compilePglite(): Promise<CompiledCode> {
  const entry = createRequire(import.meta.url).resolve('@electric-sql/pglite')
  return WebAssembly.compile(await readFile(join(dirname(entry), 'pglite.wasm')))
}

/** Starts the embedded database on a folder (or `memory://`) in a worker thread and waits until it answers. */
export async function startPglite({ dataDir }: { dataDir: string }): Promise<PgliteProcess> {
  compiled ??= compilePglite()
  const data: WorkerData = { dataDir, pgliteWasmModule: await compiled }
  const worker = new Worker(
    new URL(import.meta.url.endsWith('.ts') ? './pglite-worker.ts' : './pglite-worker.js', import.meta.url),
    { workerData: data },
  )
  let stream: PgliteStream | undefined
  let death: Error | undefined
  const waiting: {
    type: FromWorker['type']
    resolve: (message: FromWorker) => void
    reject: (error: Error) => void
  }[] = []
  const waitFor = (type: FromWorker['type']) =>
    new Promise<FromWorker>((resolve, reject) => {
      if (death) reject(death)
      else waiting.push({ type, resolve, reject })
    })
  const failAll = (error: Error) => {
    for (const waiter of waiting.splice(0)) waiter.reject(error)
    stream?.destroy(error)
  }
  worker.on('message', (message: FromWorker) => {
    if (message.type === 'bytes') return stream?.push(message.bytes)
    if (message.type === 'failed') return failAll(new Error(`embedded database: ${message.message}`))
    const index = waiting.findIndex((waiter) => waiter.type === message.type)
    if (index >= 0) waiting.splice(index, 1)[0]!.resolve(message)
  })
  /** A dead thread answers nothing: whoever asks from now on is told at once. */
  const die = (error: Error) => {
    death ??= error
    failAll(death)
  }
  worker.on('error', die)
  worker.on('exit', (code) => die(new Error(`embedded database: its worker thread ended with code ${code}`)))
  const send = (message: ToWorker) => worker.postMessage(message)

  await waitFor('ready').catch(async (error) => {
    await worker.terminate()
    throw error
  })
  return {
    openStream() {
      stream = new PgliteStream(send, () => death)
      return stream
    },
    async close() {
      if (death) return
      const closed = waitFor('closed')
      send({ type: 'close' })
      await closed
      await worker.terminate()
    },
  }
}

/** A socket, as far as node-postgres can see, whose other end is the worker. */
class PgliteStream extends Duplex {
  #send: (message: ToWorker) => void
  #deathOfWorker: () => Error | undefined
  #pending: Uint8Array[] = []

  constructor(send: (message: ToWorker) => void, deathOfWorker: () => Error | undefined) {
    super()
    this.#send = send
    this.#deathOfWorker = deathOfWorker
  }

  connect() {
    const death = this.#deathOfWorker()
    if (death) this.destroy(death)
    else queueMicrotask(() => this.emit('connect'))
    return this
  }
  setNoDelay() {
    return this
  }
  setKeepAlive() {
    return this
  }
  ref() {
    return this
  }
  unref() {
    return this
  }

  override _read() {}

  /** node-postgres writes one query in several pieces: those of one microtask travel together. */
  override _write(chunk: Uint8Array, _encoding: string, done: () => void) {
    this.#pending.push(chunk)
    if (this.#pending.length === 1) {
      queueMicrotask(() => {
        const bytes = Buffer.concat(this.#pending.splice(0))
        this.#send({ type: 'bytes', bytes: new Uint8Array(bytes) })
      })
    }
    done()
  }

  override _final(done: () => void) {
    this.push(null)
    done()
  }
}
