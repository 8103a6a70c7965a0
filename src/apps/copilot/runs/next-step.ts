import type { LeftoverAllowance } from '../tracking/schema.ts'
import { isUnfound, wasMadeOtherwise } from './approved-plan.ts'
import type { CopilotSummary } from './read-summary.ts'

type Standing = Pick<CopilotSummary, 'status' | 'transactions' | 'leftovers'>

/** What there is to do now, for somebody. Null where nothing is. */
export function nextStepOf({ status, transactions, leftovers }: Standing): string | null {
  if (leftovers.length > 0) return leftovers.map(sayLeftover).join(' ')
  if (status !== 'SUBMITTED') return null
  const lost = transactions.find(({ state }) => state in SAYS)
  if (!lost) return null
  const says = wasMadeOtherwise(lost)
    ? MADE_OTHERWISE
    : isUnfound(lost)
      ? UNFOUND
      : SAYS[lost.state as keyof typeof SAYS]
  return `${lost.txRequestId}: ${says}`
}

const sayLeftover = ({
  spender,
  spender_name: name,
  symbol,
  token,
  allowance_text: text,
}: LeftoverAllowance) =>
  `${name ?? spender} may still take ${text} of the wallet: take it back with a run of “Revoke ${symbol ?? token} from ${spender}”.`

const SAYS = {
  CANCELLED:
    'the wallet had another transaction mined in its place, and it never will be. Have it handed out again with execute, or end the run with not_sent.',
  DROPPED:
    'no node knows it any more. If the wallet sent another one in its place, report that hash with tx_submitted. Have it handed out again with execute only if the wallet shows that it is gone.',
  MISMATCH:
    'the reported hash is of another transaction than was approved. Report the right one with tx_submitted, with txRequestIds where the wallet made several in one; if none was sent, have it handed out again with execute.',
}

const UNFOUND =
  'its nonce is used, and what used it was not found. If the wallet sent another one in its place, report that hash with tx_submitted. It is not handed out again, because it may have been paid.'

const MADE_OTHERWISE =
  'the wallet made what was approved together with something that was not, in one transaction: look in the wallet at what it did. It confirms nothing, and nothing of it is handed out again, because it may have been paid.'
