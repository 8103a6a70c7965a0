import { Worker } from 'node:worker_threads'
import type { FromCodeWorker, ToCodeWorker } from './code-worker.ts'
import { orAborted } from './or-aborted.ts'

/** A thread ended before it had answered. */
export class ThreadLostError extends Error {
  override readonly name = 'ThreadLostError'
}

export type CodeThreads = {
  /**
   * Asks a thread that has nothing else to do; waits for one if all are busy.
   *
   * @param signals `queued` gives up waiting for a thread; `kill` ends the thread, whatever it is doing, and the next
   *   question starts another.
   * @param onStart is called when the question is handed to the thread.
   * @throws ThreadLostError when the thread ended, the reason of `queued` when that aborts before a thread is free.
   */
  ask(
    message: ToCodeWorker,
    signals: { queued: AbortSignal; kill: AbortSignal },
    onStart?: () => void,
  ): Promise<FromCodeWorker>
  close(): Promise<void>
}

type Thread = { worker: Worker; ready: Promise<void> }

/** A few threads that run code, started when they are first needed and kept. */
export function openCodeThreads(count: number): CodeThreads {
  const idle: Thread[] = []
  const busy = new Set<Thread>()
  const waiting: (() => void)[] = []
  let closed = false

  const forget = (ended: Worker) => {
    const index = idle.findIndex(({ worker }) => worker === ended)
    if (index >= 0) idle.splice(index, 1)
  }
  const take = async (queued: AbortSignal): Promise<Thread> => {
    while (busy.size >= count && !closed) {
      const { promise, resolve } = Promise.withResolvers<void>()
      waiting.push(resolve)
      try {
        await orAborted(promise, queued)
      } finally {
        const index = waiting.indexOf(resolve)
        if (index >= 0) waiting.splice(index, 1)
        else if (queued.aborted) waiting.shift()?.() // it was this one's turn
      }
    }
    if (closed) throw new ThreadLostError('the program is stopping')
    queued.throwIfAborted()
    const thread = idle.pop() ?? startThread(forget)
    busy.add(thread)
    thread.worker.ref()
    return thread
  }
  const release = (thread: Thread, alive: boolean) => {
    busy.delete(thread)
    if (alive && !closed) {
      thread.worker.unref() // one that waits for work does not keep the program alive
      idle.push(thread)
    } else void thread.worker.terminate()
    waiting.shift()?.()
  }
  return {
    async ask(message, { queued, kill }, onStart) {
      const thread = await take(queued)
      try {
        await orAborted(thread.ready, queued)
        onStart?.()
        const answer = await askThread(thread.worker, message, kill)
        release(thread, true)
        return answer
      } catch (error) {
        release(thread, !(error instanceof ThreadLostError))
        throw error
      }
    },
    async close() {
      closed = true
      for (const wake of waiting.splice(0)) wake()
      await Promise.all([...idle.splice(0), ...busy].map(({ worker }) => worker.terminate()))
    },
  }
}

function startThread(onExit: (worker: Worker) => void): Thread {
  const file = import.meta.url.endsWith('.ts') ? './code-worker.ts' : './code-worker.js'
  const worker = new Worker(new URL(file, import.meta.url), {
    env: {},
    // What it should say it answers; what it prints is nobody's.
    stdout: true,
    stderr: true,
    resourceLimits: { maxOldGenerationSizeMb: 128 },
  })
  // One that fails while nobody asks must not take the program with it.
  worker.on('error', () => {}).on('exit', () => onExit(worker))
  const ready = Promise.withResolvers<void>()
  ready.promise.catch(() => {})
  worker.once('message', () => ready.resolve())
  worker.once('exit', () => ready.reject(new ThreadLostError('its thread ended')))
  return { worker, ready: ready.promise }
}

function askThread(worker: Worker, message: ToCodeWorker, kill: AbortSignal): Promise<FromCodeWorker> {
  return new Promise<FromCodeWorker>((resolve, reject) => {
    const settle = (then: () => void) => {
      worker.off('exit', onExit).off('message', onMessage)
      kill.removeEventListener('abort', onExit)
      then()
    }
    const onExit = () => settle(() => reject(new ThreadLostError('its thread ended')))
    const onMessage = (answer: FromCodeWorker) => settle(() => resolve(answer))
    worker.on('exit', onExit).on('message', onMessage)
    kill.addEventListener('abort', onExit)
    if (kill.aborted) onExit()
    else worker.postMessage(message)
  })
}
