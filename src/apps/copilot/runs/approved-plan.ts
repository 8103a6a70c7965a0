import { z } from 'zod'
import { isToolCall } from '../../../engine/runs/progress.ts'
import { TxRequest } from '../schema.ts'
import { HANDED_OUT_EVENT, WEB3_TRANSACTION } from '../workflow.ts'
import type { CopilotState } from './read-copilot-run.ts'
import type { SubmittedTransaction } from './schema.ts'

/** What a human is asked about, and what their yes binds. */
export const Proposal = z.looseObject({
  plan_hash: z.string(),
  chain_id: z.number(),
  wallet_address: z.string(),
  tx_requests: z.array(TxRequest).min(1),
})
export type Proposal = z.infer<typeof Proposal>

/** The plan that was approved, from the record of the call that the approval let through: byte for byte that. */
export function approvedPlan({ progress }: CopilotState): Proposal | null {
  if (!progress) return null
  const call = [...progress.steps.values()]
    .filter(({ nodeId, status }) => nodeId === 'approval' && status === 'completed')
    .flatMap(({ calls }) => calls.filter(isToolCall))
    .findLast(
      ({ intended, finished }) => intended.tool_id === WEB3_TRANSACTION && finished?.outcome === 'done',
    )
  return call ? Proposal.parse(call.intended.input) : null
}

/** Whether a wallet may have sent what was approved. */
export const wasHandedOut = ({ progress }: Pick<CopilotState, 'progress'>): boolean =>
  progress?.received.some(({ event }) => event.name === HANDED_OUT_EVENT) ?? false

/** After these another hash may take the place of one. */
const VOID: ReadonlySet<string> = new Set(['MISMATCH', 'DROPPED', 'CANCELLED'])

/** The transactions of a plan that none is on its way for, in their order. */
export const openRequests = (
  { tx_requests: requests }: Pick<Proposal, 'tx_requests'>,
  { transactions }: Pick<CopilotState, 'transactions'>,
): TxRequest[] =>
  requests.filter(({ txRequestId }) =>
    transactions.every((sent) => sent.txRequestId !== txRequestId || VOID.has(sent.state)),
  )

/**
 * Of these, the ones that may be handed out once more. Where the nonce of one is used and nothing was found that used it, or the
 * wallet made it together with something else, it may be paid already: its hash may be reported, and it is not sent again.
 */
export const sendableRequests = (
  plan: Pick<Proposal, 'tx_requests'>,
  state: Pick<CopilotState, 'transactions'>,
): TxRequest[] =>
  openRequests(plan, state).filter(
    ({ txRequestId }) =>
      !state.transactions.some(
        (sent) => sent.txRequestId === txRequestId && (isUnfound(sent) || wasMadeOtherwise(sent)),
      ),
  )

/** Its nonce was used, by what nobody knows. */
export const isUnfound = ({ state, detail }: Pick<SubmittedTransaction, 'state' | 'detail'>): boolean =>
  state === 'DROPPED' && detail.searched === true

/** The wallet batched it with what was not approved. */
export const wasMadeOtherwise = ({
  state,
  detail,
}: Pick<SubmittedTransaction, 'state' | 'detail'>): boolean =>
  state === 'MISMATCH' && detail.did_planned === true
