import { z } from 'zod'
import { isToolCall } from '../../../engine/runs/progress.ts'
import { TxRequest } from '../schema.ts'
import { HANDED_OUT_EVENT, WEB3_TRANSACTION } from '../workflow.ts'
import type { CopilotState } from './read-copilot-run.ts'

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
