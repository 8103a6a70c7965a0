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

const VOID: ReadonlySet<string> = new Set(['MISMATCH', 'DROPPED', 'CANCELLED'])

/** Another hash may take its place. */
export const isVoid = ({ state }: Pick<SubmittedTransaction, 'state'>): boolean => VOID.has(state)

/** The transactions of a plan that none is on its way for, in their order. */
export const openRequests = (
  { tx_requests: requests }: Pick<Proposal, 'tx_requests'>,
  { transactions }: Pick<CopilotState, 'transactions'>,
): TxRequest[] =>
  requests.filter(({ txRequestId }) =>
    transactions.every((sent) => sent.txRequestId !== txRequestId || isVoid(sent)),
  )

/**
 * Of these, the ones that may be handed out once more: not what may be paid already. Its hash may be reported, and it is not sent
 * again. Where the wallet made one together with something else, nothing of the plan is.
 */
export const sendableRequests = (
  plan: Pick<Proposal, 'tx_requests'>,
  state: Pick<CopilotState, 'transactions'>,
): TxRequest[] =>
  state.transactions.some(wasMadeOtherwise)
    ? []
    : openRequests(plan, state).filter(
        ({ txRequestId }) =>
          !state.transactions.some((sent) => sent.txRequestId === txRequestId && isUnfound(sent)),
      )

type Standing = Pick<SubmittedTransaction, 'state' | 'detail'>

/** It was looked for, and what became of it or of its nonce nobody knows. */
export const isUnfound = ({ state, detail }: Standing): boolean =>
  state === 'DROPPED' && detail.searched === true

/** The wallet made it, or another request of the plan, together with what was not approved. */
export const wasMadeOtherwise = ({ state, detail }: Standing): boolean =>
  state === 'MISMATCH' && detail.did_planned === true

/** Mined, and no node tells what the wallet did in it: it may be what was approved, or anything else. */
export const isUnproved = ({ state, detail }: Standing): boolean =>
  (state === 'MINED' || state === 'REPLACED') &&
  detail.untraced_at !== undefined &&
  detail.proved_in === undefined

/** Only a hash that the chain knows as what was planned takes its place: it may be paid. */
export const isLocked = (sent: Standing): boolean => isUnfound(sent) || wasMadeOtherwise(sent)
