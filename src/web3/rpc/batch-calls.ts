import { HttpRequestError, RpcRequestError, TimeoutError } from 'viem'
import { GarbageAnswerError } from './errors.ts'
import { postJson } from './post-json.ts'

export type Call = { method: string; params?: unknown }

/** What is known of an address beside what it answers. Shared by all who ask it. */
export type BatchSupport = {
  /** Whether it takes several calls in one request; null until it has shown. */
  batches: boolean | null
}

type Waiting = { call: Call; resolve: (answer: unknown) => void; reject: (error: unknown) => void }
type Answer = { id?: unknown; result?: unknown; error?: { code: number; message: string } }

/** More in one request is what providers refuse. */
const LARGEST = 100

/** HTTP's codes of a server that has no time: asking it for each call by itself would make that worse. */
const BUSY = new Set([408, 425, 429, 502, 503, 504])

/**
 * Asks an RPC over HTTP. Calls that are made at the same moment travel in one request, as a batch of JSON-RPC, and each gets
 * its own answer. Where an RPC takes no batches, each call is a request of its own, from then on.
 */
export function batchCalls(url: string, timeoutMs: number, support: BatchSupport) {
  const target = { url, timeoutMs }
  const request = (call: Call, id: number) => ({ jsonrpc: '2.0', id, ...call })
  let waiting: Waiting[] = []

  async function alone({ call, resolve, reject }: Waiting): Promise<boolean> {
    try {
      const answer = await postJson(target, request(call, 1))
      if (!isAnswer(answer)) throw noAnswer(call, answer)
      resolve(resultOf(answer, call))
      return true
    } catch (error) {
      reject(error)
      return false
    }
  }

  async function together(batch: Waiting[]): Promise<void> {
    const question = batch.map(({ call }, at) => request(call, at + 1))
    const answers = await postJson(target, question)
      .then((answer) => inOrder(answer, batch.length))
      .catch((error: unknown) => {
        // Nothing came, so that nothing is known; but the first batch that vanishes is the last one.
        if (error instanceof TimeoutError) support.batches ??= false
        if (!isRefusal(error)) throw error
        return null
      })
    if (answers) {
      support.batches = true
      for (const [at, { call, resolve, reject }] of batch.entries()) {
        try {
          resolve(resultOf(answers[at]!, call))
        } catch (error) {
          reject(error)
        }
      }
      return
    }
    const answered = await Promise.all(batch.map(alone))
    // One that answers nothing just now has not shown that batches are what it minds.
    if (answered.some(Boolean)) support.batches = false
  }

  function resultOf(answer: Answer, call: Call): unknown {
    if (answer.error) throw new RpcRequestError({ body: call, error: answer.error, url })
    return answer.result
  }

  function send(): void {
    const all = waiting
    waiting = []
    if (all.length === 1 || support.batches === false) {
      for (const one of all) void alone(one)
      return
    }
    for (let at = 0; at < all.length; at += LARGEST) {
      const batch = all.slice(at, at + LARGEST)
      together(batch).catch((error) => {
        for (const { reject } of batch) reject(error)
      })
    }
  }

  return (call: Call): Promise<unknown> =>
    new Promise((resolve, reject) => {
      // What is asked for at the same moment comes through promises of different depth: all of them are done by then.
      if (waiting.length === 0) setImmediate(send)
      waiting.push({ call, resolve, reject })
    })
}

/** The answers in the order of the calls; null where this is not one for each. */
function inOrder(answer: unknown, length: number): Answer[] | null {
  if (!Array.isArray(answer) || answer.length !== length) return null
  const byId = new Map((answer as (Answer | null)[]).map((one) => [one?.id, one]))
  const ordered = Array.from({ length }, (_, at) => byId.get(at + 1))
  return ordered.every(isAnswer) ? ordered : null
}

/** JSON-RPC says `null` where there is nothing. What holds neither a result nor an error says nothing, whatever its status. */
const isAnswer = (one: unknown): one is Answer => {
  const { result, error } = Object(one) as Answer
  return result !== undefined || Boolean(error)
}

const noAnswer = ({ method }: Call, answer: unknown) =>
  new GarbageAnswerError(`${method} gave no result: ${JSON.stringify(answer).slice(0, 40)}`)

/** Whether a batch failed in a way that its calls by themselves may not. */
function isRefusal(error: unknown): boolean {
  if (!(error instanceof HttpRequestError)) return false
  // Words instead of JSON.
  if (error.status === undefined) return error.cause instanceof SyntaxError
  return !BUSY.has(error.status)
}
