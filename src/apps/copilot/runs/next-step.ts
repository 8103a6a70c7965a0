import type { LeftoverAllowance } from '../tracking/schema.ts'
import { isUnfound, isUnproved, wasMadeOtherwise } from './approved-plan.ts'
import { endedUnsent } from './copilot-status.ts'
import type { CopilotSummary } from './read-summary.ts'
import type { CopilotStatus } from './schema.ts'

type Standing = Pick<CopilotSummary, 'status' | 'failure' | 'transactions' | 'leftovers'>

/** What there is to do now, for somebody. Null where nothing is. */
export function nextStepOf({ status, failure, transactions, leftovers }: Standing): string | null {
  const sentAfterAll =
    endedUnsent({ failure }) &&
    transactions.find(
      (sent) => SENT.has(sent.state) && !isAllowing(sent) && sent.detail.untraced_at === undefined,
    )
  if (sentAfterAll)
    return `${sentAfterAll.txRequestId} was sent after all: ${sentAfterAll.hash} is ${sentAfterAll.state}.`
  if (leftovers.length > 0) return leftovers.map(sayLeftover).join(' ')
  const paid =
    failure?.code === 'TX_REVERTED' &&
    transactions.find((sent) => sent.state === 'CONFIRMED' && !isAllowing(sent))
  if (paid)
    return `${paid.txRequestId} was carried out all the same: look at what it did before you ask again.`
  if (failure && ASK_AGAIN.has(failure.code))
    return 'Ask the same again: what it would do now is planned anew.'
  const unproved = status === 'SUBMITTED' && transactions.find(isUnproved)
  if (unproved) return `${unproved.txRequestId}: ${UNPROVED}`
  const lost = status === 'SUBMITTED' && transactions.find(({ state }) => state in SAYS)
  if (!lost) return STANDS[status] ?? null
  const says = wasMadeOtherwise(lost)
    ? MADE_OTHERWISE
    : isUnfound(lost)
      ? UNFOUND
      : SAYS[lost.state as keyof typeof SAYS]
  return `${lost.txRequestId}: ${says}`
}

const isAllowing = ({ txRequestId }: { txRequestId: string }) => /^(approve|revoke)-/.test(txRequestId)

const sayLeftover = ({
  spender,
  spender_name: name,
  symbol,
  token,
  allowance_text: text,
}: LeftoverAllowance) =>
  `${name ?? spender} may still take ${text} of the wallet: take it back with a run of “Revoke ${symbol ?? token} from ${spender}”.`

const STANDS: Partial<Record<CopilotStatus, string>> = {
  CREATED: 'Have it planned with start.',
  NEEDS_INPUT: 'Answer its question with provide_input.',
  AWAITING_APPROVAL: 'Approve or reject the plan, with approve or reject or in the inbox.',
  APPROVED_READY:
    'Have it handed out with execute, sign it in the wallet and report each hash with tx_submitted. Where the wallet has sent nothing of what it was handed, not_sent ends the run.',
  SUBMITTED: 'It is on its way and followed; poll_tx asks at once. What has no hash yet is had with execute.',
}

const SENT: ReadonlySet<string> = new Set(['PENDING', 'MINED', 'REPLACED', 'CONFIRMED', 'REVERTED'])
const ASK_AGAIN: ReadonlySet<string> = new Set(['PLAN_VOID', 'TX_REVERTED'])

const SAYS = {
  CANCELLED:
    'the wallet had another transaction mined in its place, and it never will be. Have it handed out again with execute, or end the run with not_sent.',
  DROPPED:
    'no node knows it any more. If the wallet sent another one in its place, report that hash with tx_submitted. Have it handed out again with execute only if the wallet shows that it is gone.',
  MISMATCH:
    'the reported hash is of another transaction than was approved. Report the right one with tx_submitted, with txRequestIds where the wallet made several in one; if none was sent, have it handed out again with execute.',
}

const UNPROVED =
  'mined, and what the wallet did in it is proved only by an RPC that traces transactions (debug_traceTransaction): name one in RPC_URLS. It is tried again every minute, and nothing is handed out again meanwhile. not_sent ends the run as it is.'

const UNFOUND =
  'what became of it was looked for and not found. If the wallet sent another one in its place, report that hash with tx_submitted. It is not handed out again, because it may have been paid.'

const MADE_OTHERWISE =
  'the wallet made what was approved together with something else, in one transaction. If that is the rest of the plan, report the hash with txRequestIds for all of it; else look in the wallet at what it did. Nothing of it is handed out again, because it may have been paid; not_sent ends the run, and says so.'
