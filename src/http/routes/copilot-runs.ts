import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { CopilotContext } from '../../apps/copilot/copilot.ts'
import { createCopilotRun } from '../../apps/copilot/runs/create-copilot-run.ts'
import { executePlan } from '../../apps/copilot/runs/execute-plan.ts'
import {
  approveCopilotRun,
  provideInput,
  rejectCopilotRun,
} from '../../apps/copilot/runs/move-copilot-run.ts'
import { nextStepOf } from '../../apps/copilot/runs/next-step.ts'
import { presentCopilotSteps, presentToolCalls } from '../../apps/copilot/runs/present-steps.ts'
import {
  type CopilotState,
  presentCopilotRun,
  readCopilotRun,
} from '../../apps/copilot/runs/read-copilot-run.ts'
import { type CopilotSummary, readCopilotSummary } from '../../apps/copilot/runs/read-summary.ts'
import {
  AnswersInput,
  ApproveInput,
  CopilotRun,
  CopilotStatus,
  CopilotStep,
  CopilotToolCall,
  CreateRunInput,
  ExecuteAnswer,
  RejectInput,
  RunAnswer,
  SubmittedInput,
  SubmittedTransaction,
} from '../../apps/copilot/runs/schema.ts'
import { startCopilotRun } from '../../apps/copilot/runs/start-copilot-run.ts'
import { pollTransactions } from '../../apps/copilot/tracking/poll-transactions.ts'
import { submitTransaction } from '../../apps/copilot/tracking/submit-transaction.ts'
import { WORKFLOW_VOCABULARY } from '../../engine/workflows/vocabulary.ts'
import type { Json } from '../../lib/canonical-json.ts'
import { engineContextFor } from '../engine-context.ts'
import type { HttpContext } from '../http-context.ts'
import { errors, type Routes } from '../route.ts'

const Params = z.object({ run_id: z.string().min(1).max(256) })
const Flag = z.enum(['true', 'false']).optional()
const Moved = z.object({ ok: z.boolean(), runId: z.string(), status: CopilotStatus })
const Tracked = Moved.extend({
  mined: z.boolean(),
  tx_hash: z.string().nullable(),
  txHash: z.string().nullable(),
  receipt: z.record(z.string(), z.json()).nullable(),
  next_step: CopilotRun.shape.next_step,
  transactions: z.array(SubmittedTransaction),
})
const tags = ['copilot']
const config = { vocabulary: WORKFLOW_VOCABULARY }
const refusals = errors(401, 403, 404, 409, 422)

/** Runs that go from a sentence to transactions of a wallet. The server signs and sends none of them. */
export const copilotRunRoutes: Routes = (app, http) => {
  app.post(
    '/v1/runs',
    {
      config,
      schema: {
        tags,
        summary: 'Say what a wallet is to do; nothing is read or planned yet',
        body: CreateRunInput,
        response: {
          200: z.object({ runId: z.string(), status: z.literal('CREATED') }),
          ...errors(401, 403, 422),
        },
      },
    },
    async (request) => {
      const runId = await createCopilotRun(contextOf(request, http), request.body)
      return { runId, status: 'CREATED' as const }
    },
  )

  app.get(
    '/v1/runs/:run_id',
    {
      schema: {
        tags,
        summary: 'A run of the copilot',
        params: Params,
        querystring: z.object({ includeArtifacts: Flag }),
        response: { 200: z.object({ run: CopilotRun }), ...errors(401, 404) },
      },
    },
    async (request) => {
      const context = contextOf(request, http)
      const { run_id: runId } = request.params
      if (request.query.includeArtifacts !== 'true') {
        return { run: presentCopilotRun(await readCopilotSummary(context, runId)) }
      }
      const state = await readCopilotRun(context, runId)
      return { run: presentCopilotRun(state, state.artifacts) }
    },
  )

  app.get(
    '/v1/runs/:run_id/details',
    {
      schema: {
        tags,
        summary: 'A run of the copilot with its artifacts',
        params: Params,
        response: { 200: z.object({ run: CopilotRun }), ...errors(401, 404) },
      },
    },
    async (request) => {
      const state = await readCopilotRun(contextOf(request, http), request.params.run_id)
      return { run: presentCopilotRun(state, state.artifacts) }
    },
  )

  app.get(
    '/v1/runs/:run_id/steps',
    {
      schema: {
        tags,
        summary: 'The steps of the pipeline, in the order they began',
        params: Params,
        response: { 200: z.array(CopilotStep), ...errors(401, 404) },
      },
    },
    async (request) =>
      presentCopilotSteps(await readCopilotRun(contextOf(request, http), request.params.run_id)),
  )

  for (const name of ['tools', 'tool-calls']) {
    app.get(
      `/v1/runs/:run_id/${name}`,
      {
        schema: {
          tags,
          summary: 'Every call that the pipeline made, of the chain and of tools',
          params: Params,
          response: { 200: z.array(CopilotToolCall), ...errors(401, 404) },
        },
      },
      async (request) =>
        presentToolCalls(await readCopilotRun(contextOf(request, http), request.params.run_id)),
    )
  }

  app.post(
    '/v1/runs/:run_id/start',
    {
      config,
      schema: {
        tags,
        summary: 'Plan, simulate and check; answers when it waits for somebody or has ended',
        params: Params,
        body: z.strictObject({}).nullish(),
        response: { 200: RunAnswer, ...refusals },
      },
    },
    async (request) => presentAnswer(await startCopilotRun(contextOf(request, http), request.params.run_id)),
  )

  for (const name of ['provide_input', 'resume']) {
    app.post(
      `/v1/runs/:run_id/${name}`,
      {
        config,
        schema: {
          tags,
          summary: 'Answer the questions of a run; it is planned again from the start',
          params: Params,
          body: AnswersInput,
          response: { 200: RunAnswer, ...refusals },
        },
      },
      async (request) => {
        const { answers, question_id: questionId = null } = request.body
        return presentAnswer(
          await provideInput(
            contextOf(request, http),
            request.params.run_id,
            answers as Record<string, Json>,
            { questionId },
          ),
        )
      },
    )
  }

  app.post(
    '/v1/runs/:run_id/approve',
    {
      config,
      schema: {
        tags,
        summary: 'Approve the plan that stands, or the one whose hash is sent',
        params: Params,
        body: ApproveInput.nullish(),
        response: { 200: Moved, ...refusals },
      },
    },
    async (request) => {
      const { reviewer = null, notes = null, plan_hash: planHash = null } = request.body ?? {}
      return presentMoved(
        await approveCopilotRun(contextOf(request, http), request.params.run_id, {
          reviewer,
          notes,
          planHash,
        }),
      )
    },
  )

  app.post(
    '/v1/runs/:run_id/reject',
    {
      config,
      schema: {
        tags,
        summary: 'Refuse the plan, for good',
        params: Params,
        body: RejectInput.nullish(),
        response: { 200: Moved, ...refusals },
      },
    },
    async (request) => {
      const { reviewer = null, reason = null } = request.body ?? {}
      return presentMoved(
        await rejectCopilotRun(contextOf(request, http), request.params.run_id, { reviewer, reason }),
      )
    },
  )

  app.post(
    '/v1/runs/:run_id/execute',
    {
      config,
      schema: {
        tags,
        summary:
          'The approved transactions in their order, for a wallet to sign and send: all of them, and once a hash is reported those that have none',
        params: Params,
        body: z.strictObject({}).nullish(),
        response: { 200: ExecuteAnswer, ...refusals },
      },
    },
    async (request) => {
      const { state, plan, handedOutBefore } = await executePlan(
        contextOf(request, http),
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
        params: Params,
        body: SubmittedInput,
        response: { 200: Tracked, ...refusals, ...errors(502) },
      },
    },
    async (request) =>
      presentTracked(
        await submitTransaction(contextOf(request, http), request.params.run_id, request.body),
        request.body.txHash,
      ),
  )

  app.post(
    '/v1/runs/:run_id/poll_tx',
    {
      config,
      schema: {
        tags,
        summary: 'Ask the chain what became of the reported hashes',
        params: Params,
        body: z.strictObject({}).nullish(),
        response: { 200: Tracked, ...refusals },
      },
    },
    async (request) =>
      presentTracked(await pollTransactions(contextOf(request, http), request.params.run_id)),
  )

  app.get(
    '/v1/runs/:run_id/tx_status',
    {
      schema: {
        tags,
        summary: 'What is known of the reported hashes, without asking the chain',
        params: Params,
        response: { 200: Tracked, ...errors(401, 404) },
      },
    },
    async (request) =>
      presentTracked(await readCopilotSummary(contextOf(request, http), request.params.run_id)),
  )
}

const contextOf = (request: FastifyRequest, http: HttpContext): CopilotContext => ({
  ...engineContextFor(request, http),
  copilot: http.copilot,
})

const presentMoved = ({ row, status }: CopilotSummary) => ({ ok: true, runId: row.run_id, status })

const presentAnswer = (state: CopilotState) => ({
  ...presentMoved(state),
  final_status: state.finalStatus,
  question_id: state.questionId,
  artifacts: state.artifacts,
})

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
    next_step: nextStepOf(state.status, transactions),
    transactions,
  }
}
