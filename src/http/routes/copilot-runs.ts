import { z } from 'zod'
import { createCopilotRun } from '../../apps/copilot/runs/create-copilot-run.ts'
import {
  approveCopilotRun,
  provideInput,
  rejectCopilotRun,
} from '../../apps/copilot/runs/move-copilot-run.ts'
import { presentCopilotSteps, presentToolCalls } from '../../apps/copilot/runs/present-steps.ts'
import {
  type CopilotState,
  presentCopilotRun,
  readCopilotRun,
} from '../../apps/copilot/runs/read-copilot-run.ts'
import { readCopilotSummary } from '../../apps/copilot/runs/read-summary.ts'
import {
  AnswersInput,
  ApproveInput,
  CopilotRun,
  CopilotStep,
  CopilotToolCall,
  CreateRunInput,
  RejectInput,
  RunAnswer,
} from '../../apps/copilot/runs/schema.ts'
import { startCopilotRun } from '../../apps/copilot/runs/start-copilot-run.ts'
import type { Json } from '../../lib/canonical-json.ts'
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

const Flag = z.enum(['true', 'false']).optional()

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
      const runId = await createCopilotRun(copilotContextOf(request, http), request.body)
      return { runId, status: 'CREATED' as const }
    },
  )

  app.get(
    '/v1/runs/:run_id',
    {
      schema: {
        tags,
        summary: 'A run of the copilot',
        params: CopilotRunParams,
        querystring: z.object({ includeArtifacts: Flag }),
        response: { 200: z.object({ run: CopilotRun }), ...errors(401, 404) },
      },
    },
    async (request) => {
      const context = copilotContextOf(request, http)
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
        params: CopilotRunParams,
        response: { 200: z.object({ run: CopilotRun }), ...errors(401, 404) },
      },
    },
    async (request) => {
      const state = await readCopilotRun(copilotContextOf(request, http), request.params.run_id)
      return { run: presentCopilotRun(state, state.artifacts) }
    },
  )

  app.get(
    '/v1/runs/:run_id/steps',
    {
      schema: {
        tags,
        summary: 'The steps of the pipeline, in the order they began',
        params: CopilotRunParams,
        response: { 200: z.array(CopilotStep), ...errors(401, 404) },
      },
    },
    async (request) =>
      presentCopilotSteps(await readCopilotRun(copilotContextOf(request, http), request.params.run_id)),
  )

  for (const name of ['tools', 'tool-calls']) {
    app.get(
      `/v1/runs/:run_id/${name}`,
      {
        schema: {
          tags,
          summary: 'Every call that the pipeline made, of the chain and of tools',
          params: CopilotRunParams,
          response: { 200: z.array(CopilotToolCall), ...errors(401, 404) },
        },
      },
      async (request) =>
        presentToolCalls(await readCopilotRun(copilotContextOf(request, http), request.params.run_id)),
    )
  }

  app.post(
    '/v1/runs/:run_id/start',
    {
      config,
      schema: {
        tags,
        summary: 'Plan, simulate and check; answers when it waits for somebody or has ended',
        params: CopilotRunParams,
        body: z.strictObject({}).nullish(),
        response: { 200: RunAnswer, ...refusals },
      },
    },
    async (request) =>
      presentAnswer(await startCopilotRun(copilotContextOf(request, http), request.params.run_id)),
  )

  for (const name of ['provide_input', 'resume']) {
    app.post(
      `/v1/runs/:run_id/${name}`,
      {
        config,
        schema: {
          tags,
          summary: 'Answer the questions of a run; it is planned again from the start',
          params: CopilotRunParams,
          body: AnswersInput,
          response: { 200: RunAnswer, ...refusals },
        },
      },
      async (request) => {
        const { answers, question_id: questionId = null } = request.body
        return presentAnswer(
          await provideInput(
            copilotContextOf(request, http),
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
        params: CopilotRunParams,
        body: ApproveInput.nullish(),
        response: { 200: Moved, ...refusals },
      },
    },
    async (request) => {
      const { reviewer = null, notes = null, plan_hash: planHash = null } = request.body ?? {}
      return presentMoved(
        await approveCopilotRun(copilotContextOf(request, http), request.params.run_id, {
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
        params: CopilotRunParams,
        body: RejectInput.nullish(),
        response: { 200: Moved, ...refusals },
      },
    },
    async (request) => {
      const { reviewer = null, reason = null } = request.body ?? {}
      return presentMoved(
        await rejectCopilotRun(copilotContextOf(request, http), request.params.run_id, { reviewer, reason }),
      )
    },
  )
}

const presentAnswer = (state: CopilotState) => ({
  ...presentMoved(state),
  final_status: state.finalStatus,
  error_code: state.failure?.code ?? null,
  error_message: state.failure?.message ?? null,
  question_id: state.questionId,
  artifacts: state.artifacts,
})
