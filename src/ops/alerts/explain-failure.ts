import { ForbiddenAddressError } from '../../lib/guarded-fetch.ts'

/** It was reached, and did not take the message. */
export class NotTakenError extends Error {
  override readonly name = 'NotTakenError'

  constructor(status: number) {
    super(`it answered ${status}`)
  }
}

type Failure = Error & { code?: string; responseCode?: number; cause?: Failure }

/**
 * What kind of failure it was, for whoever reads the history: never an address or what a socket said, which tell of the
 * network behind the server. The log of the server has those.
 */
export function explainFailure(error: unknown): string {
  const all = [...causesOf(error as Failure)]
  const answered = all.find((each) => each instanceof NotTakenError)
  if (answered) return answered.message
  if (all.some((each) => each instanceof ForbiddenAddressError)) return 'its address is not a public one'
  const replied = all.find(({ responseCode }) => responseCode !== undefined)
  if (replied) return `the mail server answered ${replied.responseCode}`
  if (all.some(({ name }) => name === 'TimeoutError')) return TIMED_OUT
  const kind = all.map(({ code }) => code && kindOf(code)).find((each) => each !== undefined && each !== '')
  return kind ?? 'it could not be sent'
}

/** What was thrown, and what it was thrown for. */
function* causesOf(error: Failure | undefined): Generator<Failure> {
  for (let cause = error, depth = 0; cause && depth < 10; cause = cause.cause, depth++) {
    yield cause
    // A name with several addresses fails once for each.
    if (cause instanceof AggregateError) yield* cause.errors as Failure[]
  }
}

const TIMED_OUT = 'it did not answer in time'
const KINDS: [codes: RegExp, kind: string][] = [
  [/^(ENOTFOUND|EAI_AGAIN|EDNS)$/, 'its name could not be found'],
  [/TIMEDOUT|TIMEOUT/, TIMED_OUT],
  [/CERT|TLS|SSL|SIGNED|VERIFY_LEAF/, 'its certificate is not one to trust'],
  [/^EAUTH$|^ENOAUTH$/, 'the mail server refused the sign-in'],
  [/^(ECONN|EHOSTUNREACH|ENETUNREACH|EPIPE|ESOCKET|UND_ERR_SOCKET)/, 'no connection came about'],
]

const kindOf = (code: string): string | undefined => KINDS.find(([codes]) => codes.test(code))?.[1]
