import type { TxRequest } from './transaction-request.ts'
import type { WalletCall } from './wallet-calls.ts'

type Planned = Pick<TxRequest, 'txRequestId' | 'to' | 'valueWei'> & { data: string }

/** How a request came out that was made in a batch. `undone` too where one before it failed, so that it was not reached. */
export type BatchOutcome = 'done' | 'undone'

export type BatchMatch =
  | { matches: true; outcomes: BatchOutcome[] }
  | { matches: false; reason: string; field: string; expected: string; actual: string }

/**
 * Whether the calls that a wallet made in one transaction are the requests of a plan: the same targets, values and bytes, in the
 * same order, and none besides. Else the first that differs.
 */
export function matchesBatch(calls: WalletCall[], requests: Planned[]): BatchMatch {
  const differs = (field: string, expected: string, actual: string, reason: string): BatchMatch => ({
    matches: false,
    reason,
    field,
    expected,
    actual,
  })
  for (const [index, request] of requests.entries()) {
    const call = calls[index]
    const different = call && differenceOf(call, request)
    if (different) {
      const [field, expected, actual] = different
      return differs(field, expected, actual, `call ${index + 1} of the wallet is not ${request.txRequestId}`)
    }
  }
  const expected = String(requests.length)
  const further = calls[requests.length]
  if (further) {
    const reason = `the wallet made another call in it, to ${further.to ?? 'no address: it made a contract'}`
    return differs('calls', expected, String(calls.length), reason)
  }
  // One that fails ends the batch where it does not undo it.
  if (calls.length < requests.length && !calls.at(-1)?.failed) {
    const reason = `${requests[calls.length]!.txRequestId} is not in it`
    return differs('calls', expected, String(calls.length), reason)
  }
  const outcomes = requests.map((_, index) => (calls[index]?.failed === false ? 'done' : 'undone'))
  return { matches: true, outcomes }
}

/** Whether one of the requests was carried out, whatever else was: it must not be made again. */
export const hasMade = (calls: WalletCall[], requests: Planned[]): boolean =>
  calls.some((call) => !call.failed && requests.some((request) => !differenceOf(call, request)))

function differenceOf(call: WalletCall, { to, data, valueWei }: Planned) {
  const pairs = [
    ['type', 'CALL', call.type],
    ['to', to.toLowerCase(), call.to ?? 'none'],
    ['value', valueWei, call.value.toString()],
    ['input', data.toLowerCase(), call.input],
  ] as const
  return pairs.find(([, expected, actual]) => expected !== actual)
}
