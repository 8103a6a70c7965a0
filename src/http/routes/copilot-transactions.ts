import { z } from 'zod'
import { declareNotSent } from '../../apps/copilot/runs/declare-not-sent.ts'
import { executePlan } from '../../apps/copilot/runs/execute-plan.ts'
import { nextStepOf } from '../../apps/copilot/runs/next-step.ts'
import { type CopilotSummary, readCopilotSummary } from '../../apps/copilot/runs/read-summary.ts'
import {
  CopilotRun,
  ExecuteAnswer,
  RejectInput,
  SubmittedInput,
  SubmittedTransaction,
} from '../../apps/copilot/runs/schema.ts'
import { pollTransactions } from '../../apps/copilot/tracking/poll-transactions.ts'
import { submitTransaction } from '../../apps/copilot/tracking/submit-transaction.ts'
import {
  CopilotRunParams,
  config,
  copilotContextOf,
  Moved,
  presentMoved,
  refusals,
  tags,
} from '../copilot-routes.ts'
import { errors, type Routes } from '../route.ts'

const Tracked = Moved.extend({
  mined: z.boolean(),
  tx_hash: z.string().nullable(),
  txHash: z.string().nullable(),
  receipt: z.record(z.string(), z.json()).nullable(),
  next_step: CopilotRun.shape.next_step,
  transactions: z.array(SubmittedTransaction),
})

/** The approved transactions of a run: handed out, reported by a wallet, and looked for on the chain. */
export const copilotTransactionRoutes: Routes = (app, http) => {
  app.post(
    '/v1/runs/:run_id/execute',
    {
      config,
      schema: {
        tags,
        summary:
          'The approved transactions in their order, for a wallet to sign and send: all of them, and once a hash is reported those that have none',
        params: CopilotRunParams,
        body: z.strictObject({}).nullish(),
        response: { 200: ExecuteAnswer, ...refusals },
      },
    },
    async (request) => {
      const { state, plan, handedOutBefore } = await executePlan(
        copilotContextOf(request, http),
        request.params.run_id,
      )
      return {
        ...presentMoved(state),
        plan_hash: plan.plan_hash,
        handed_out_before: handedOutBefore,
        tx_requests: plan.tx_requests,
        tx_request: plan.tx_requests[0]!,
      }
    },
  )

  app.post(
    '/v1/runs/:run_id/tx_submitted',
    {
      config,
      schema: {
        tags,
        summary: 'Report the hash that a wallet answered; the chain is asked what it is',
        params: CopilotRunParams,
        body: SubmittedInput,
        response: { 200: Tracked, ...refusals, ...errors(502) },
      },
    },
    async (request) =>
      presentTracked(
        await submitTransaction(copilotContextOf(request, http), request.params.run_id, request.body),
        request.body.txHash,
      ),
  )

  app.post(
    '/v1/runs/:run_id/not_sent',
    {
      config,
      schema: {
        tags,
        summary:
          'Say that nothing was sent of what was handed out, or end what cannot be proved: the run ends, and counts for caps for a day as if it had been',
        params: CopilotRunParams,
        body: RejectInput.nullish(),
        response: { 200: Tracked, ...refusals },
      },
    },
    async (request) => {
      const { reviewer = null, reason = null } = request.body ?? {}
      const context = copilotContextOf(request, http)
      return presentTracked(await declareNotSent(context, request.params.run_id, { reviewer, reason }))
    },
  )

  app.post(
    '/v1/runs/:run_id/poll_tx',
    {
      config,
      schema: {
        tags,
        summary: 'Ask the chain what became of the reported hashes',
        params: CopilotRunParams,
        body: z.strictObject({}).nullish(),
        response: { 200: Tracked, ...refusals },
      },
    },
    async (request) =>
      presentTracked(await pollTransactions(copilotContextOf(request, http), request.params.run_id)),
  )

  app.get(
    '/v1/runs/:run_id/tx_status',
    {
      schema: {
        tags,
        summary: 'What is known of the reported hashes, without asking the chain',
        params: CopilotRunParams,
        response: { 200: Tracked, ...errors(401, 404) },
      },
    },
    async (request) =>
      presentTracked(await readCopilotSummary(copilotContextOf(request, http), request.params.run_id)),
  )
}

const MINED = new Set(['MINED', 'REPLACED', 'CONFIRMED', 'REVERTED'])

/**
 * Hash, receipt and whether it is mined are of one transaction: that which is asked about, or else the one
 * that reverted the run, or the newest reported.
 */
function presentTracked(state: CopilotSummary, asked?: string) {
  const { transactions } = state
  const told =
    transactions.find(({ hash }) => hash === asked?.toLowerCase()) ??
    transactions.find((one) => one.state === 'REVERTED') ??
    transactions.at(-1)
  const hash = told?.hash ?? null
  const mined = told !== undefined && MINED.has(told.state)
  return {
    ...presentMoved(state),
    mined,
    tx_hash: hash,
    txHash: hash,
    receipt: mined ? told.detail : null,
    next_step: nextStepOf(state),
    transactions,
  }
}
