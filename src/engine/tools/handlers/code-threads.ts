import { Worker } from 'node:worker_threads'
import type { FromCodeWorker, ToCodeWorker } from './code-worker.ts'

/** What a thread was asked did not come to an end in time, or the thread itself ended. */
export class ThreadLostError extends Error {
  override readonly name = 'ThreadLostError'
}

export type CodeThreads = {
  /**
   * Asks a thread that has nothing else to do; waits for one if all are busy.
   *
   * @param kill ends the thread when it aborts, whatever it is doing; the next question starts another.
   * @param onStart is called when the question is handed to the thread.
   * @throws ThreadLostError when the thread was ended, the reason of `queued` when that aborts before a thread is free.
   */
  ask(
    message: ToCodeWorker,
    signals: { queued: AbortSignal; kill: AbortSignal },
    onStart?: () => void,
  ): Promise<FromCodeWorker>
  close(): Promise<void>
}

/** A few threads that run code, started when they are first needed and kept. */
export function openCodeThreads(count: number): CodeThreads {
  const idle: Worker[] = []
  const running = new Set<Worker>()
  const waiting: (() => void)[] = []
  let closed = false

  const takeThread = async (queued: AbortSignal): Promise<Worker> => {
    while (running.size >= count) {
      const { promise, resolve, reject } = Promise.withResolvers<void>()
      const onAbort = () => reject(queued.reason)
      waiting.push(resolve)
      queued.addEventListener('abort', onAbort, { once: true })
      try {
        await promise
      } finally {
        queued.removeEventListener('abort', onAbort)
        const index = waiting.indexOf(resolve)
        if (index >= 0) waiting.splice(index, 1)
      }
    }
    if (closed) throw new ThreadLostError('the threads were closed')
    queued.throwIfAborted()
    const worker = idle.pop() ?? startThread()
    running.add(worker)
    worker.ref()
    return worker
  }
  const release = (worker: Worker, alive: boolean) => {
    running.delete(worker)
    if (alive && !closed) {
      worker.unref() // a thread that waits for work does not keep the program alive
      idle.push(worker)
    } else void worker.terminate()
    waiting.shift()?.()
  }
  return {
    async ask(message, { queued, kill }, onStart) {
      const worker = await takeThread(queued)
      onStart?.()
      try {
        const answer = await askThread(worker, message, kill)
        release(worker, true)
        return answer
      } catch (error) {
        release(worker, false)
        throw error
      }
    },
    async close() {
      closed = true
      for (const wake of waiting.splice(0)) wake()
      await Promise.all([...idle.splice(0), ...running].map((worker) => worker.terminate()))
    },
  }
}

function startThread(): Worker {
  const file = import.meta.url.endsWith('.ts') ? './code-worker.ts' : './code-worker.js'
  return new Worker(new URL(file, import.meta.url), {
    env: {},
    argv: [],
    execArgv: [],
    // What it should say it answers; what it prints is nobody's.
    stdout: true,
    stderr: true,
    resourceLimits: { maxOldGenerationSizeMb: 128 },
  })
}

function askThread(worker: Worker, message: ToCodeWorker, kill: AbortSignal): Promise<FromCodeWorker> {
  return new Promise<FromCodeWorker>((resolve, reject) => {
    const lost = (reason: string) => reject(new ThreadLostError(reason))
    const onError = (error: Error) => lost(error.message)
    const onExit = () => lost('the thread ended')
    const onKill = () => lost('the thread was ended')
    const settle = (then: () => void) => {
      worker.off('error', onError).off('exit', onExit).off('message', onMessage)
      kill.removeEventListener('abort', onKill)
      then()
    }
    const onMessage = (answer: FromCodeWorker) => settle(() => resolve(answer))
    worker.on('error', onError).on('exit', onExit).on('message', onMessage)
    kill.addEventListener('abort', onKill, { once: true })
    if (kill.aborted) onKill()
    else worker.postMessage(message)
  })
}
