import { z } from 'zod'
import { refuseAgain, refuseCancelOfSent } from '../../apps/copilot/runs/refuse-moves.ts'
import { Atom } from '../../engine/atomic/schema.ts'
import { cancelRun } from '../../engine/runs/cancel-run.ts'
import { loadRun } from '../../engine/runs/continue-run.ts'
import { forkRun } from '../../engine/runs/fork-run.ts'
import { receiveEvent, requireRun, resumeRun, retryRun } from '../../engine/runs/move-run.ts'
import { presentRunEvent, presentSteps } from '../../engine/runs/present-run.ts'
import { listRunRows } from '../../engine/runs/run-rows.ts'
import { runToAtoms } from '../../engine/runs/run-to-atoms.ts'
import {
  ForkInput,
  ResumeInput,
  Run,
  RunEvent,
  RunEventInput,
  RunState,
  RunStep,
} from '../../engine/runs/schema.ts'
import { WORKFLOW_VOCABULARY } from '../../engine/workflows/vocabulary.ts'
import { followRun } from '../../kernel/ledger/follow-events.ts'
import { readEventsByTime } from '../../kernel/ledger/read-run.ts'
import { engineContextFor } from '../engine-context.ts'
import { openEventStream } from '../open-event-stream.ts'
import { Page, PageQuery } from '../page.ts'
import { errors, type Routes, UNDER_BOTH_ROOTS } from '../route.ts'

const Params = z.object({ run_id: z.string().min(1).max(256) })
const name = z.string().min(1).max(512).optional()
const ListQuery = PageQuery.extend({
  workflow_id: name,
  app_id: name,
  app_action_id: name,
  status: RunState.optional(),
})
const StreamQuery = z.strictObject({ after_seq: z.coerce.number().int().min(0).optional() })
const tags = ['runs']
const config = { vocabulary: WORKFLOW_VOCABULARY }

export const workflowRunRoutes: Routes = (app, http) => {
  for (const root of UNDER_BOTH_ROOTS) {
    app.get(
      `${root}/runs`,
      {
        schema: {
          tags,
          summary: 'Runs of workflows, youngest first',
          querystring: ListQuery,
          response: { 200: Page(Run), ...errors(401, 422) },
        },
      },
      async (request) => {
        const { engine, principal } = engineContextFor(request, http)
        const { page, limit, workflow_id, app_id, app_action_id, status } = request.query
        const { runs, total } = await engine.kernel.database.transaction(principal.tenantId, (session) =>
          listRunRows(session, principal.tenantId, {
            workflowId: workflow_id ?? null,
            appId: app_id ?? null,
            appActionId: app_action_id ?? null,
            status: status ?? null,
            offset: (page - 1) * limit,
            limit,
          }),
        )
        return { data: runs, total, page, limit }
      },
    )

    app.get(
      `${root}/runs/:run_id`,
      { schema: { tags, summary: 'One run', params: Params, response: { 200: Run, ...errors(401, 404) } } },
      (request) => requireRun(engineContextFor(request, http), request.params.run_id),
    )

    app.get(
      `${root}/runs/:run_id/steps`,
      {
        schema: {
          tags,
          summary: 'The steps of a run, in the order they began',
          params: Params,
          response: { 200: z.array(RunStep), ...errors(401, 404) },
        },
      },
      async (request) => {
        const context = engineContextFor(request, http)
        const run = await requireRun(context, request.params.run_id)
        const loaded = await loadRun(context.engine, run.tenant_id, run.id)
        const ended = run.status !== 'running' && run.status !== 'paused'
        return loaded ? presentSteps(run.id, loaded.progress, ended) : []
      },
    )

    app.get(
      `${root}/runs/:run_id/events`,
      {
        schema: {
          tags,
          summary: 'Everything that happened in a run, oldest first',
          params: Params,
          response: { 200: z.array(RunEvent), ...errors(401, 404) },
        },
      },
      async (request) => {
        const context = engineContextFor(request, http)
        const run = await requireRun(context, request.params.run_id)
        const events = await readEventsByTime(context.engine.kernel.database, run.tenant_id, run.id)
        return events.map(presentRunEvent)
      },
    )

    app.get(
      `${root}/runs/:run_id/atoms`,
      {
        schema: {
          tags,
          summary: 'The events of a run as JSON✯Atomic: each holds its own hash and that of the one before',
          params: Params,
          response: { 200: z.array(Atom), ...errors(401, 404) },
        },
      },
      async (request) => {
        const context = engineContextFor(request, http)
        const run = await requireRun(context, request.params.run_id)
        const events = await readEventsByTime(context.engine.kernel.database, run.tenant_id, run.id)
        return runToAtoms(run, events)
      },
    )

    app.get(
      `${root}/runs/:run_id/stream`,
      {
        schema: {
          tags,
          summary:
            'Every event of a run once, as it comes (server-sent events); ends when the run does or waits',
          description:
            'Each event has its number as id; Last-Event-ID goes on behind it. `event: complete` with the run comes last.',
          params: Params,
          querystring: StreamQuery,
          response: errors(401, 404, 422),
        },
      },
      async (request, reply) => {
        const context = engineContextFor(request, http)
        const run = await requireRun(context, request.params.run_id)
        const closed = new AbortController()
        const { kernel } = context.engine
        const sent = Number(request.headers['last-event-id'] ?? request.query.after_seq ?? 0)
        const afterSeq = Number.isSafeInteger(sent) && sent > 0 ? sent : 0
        const events = await followRun(kernel, run.tenant_id, run.id, { afterSeq, signal: closed.signal })
        const stream = openEventStream(request, reply, http, closed)
        try {
          let seq = afterSeq
          // What is settled already has no more to come: its last event may lie behind the reader.
          if (await isSettledAt(context, run.id, seq)) closed.abort()
          // The last event need not be the one that ended the run: what a cancelled call answered comes behind it.
          let maySettle = false
          for await (const event of events) {
            seq = event.seq
            if (!stream.send({ id: seq, data: presentRunEvent(event) })) break
            maySettle = SETTLING.has(event.kind) || (maySettle && event.kind !== 'run_resumed')
            if (maySettle && (await isSettledAt(context, run.id, seq))) break
          }
          if (!closed.signal.aborted || reply.raw.writable) {
            stream.send({ name: 'complete', data: await requireRun(context, run.id) })
          }
        } catch (error) {
          request.log.info({ error: (error as Error).message }, 'a stream ended')
        } finally {
          stream.end()
        }
      },
    )

    app.patch(
      `${root}/runs/:run_id/resume`,
      {
        config,
        schema: {
          tags,
          summary: 'Answer the gate a run waits at; approving goes on, refusing ends it',
          params: Params,
          body: ResumeInput.nullish(),
          response: { 200: Run, ...errors(401, 403, 404, 409, 422) },
        },
      },
      async (request) => {
        const context = engineContextFor(request, http)
        await resumeRun(context, request.params.run_id, request.body?.approval_input ?? { approved: true })
        return requireRun(context, request.params.run_id)
      },
    )

    app.post(
      `${root}/runs/:run_id/cancel`,
      {
        config,
        schema: {
          tags,
          summary: 'End a run for good',
          params: Params,
          body: z.strictObject({ reason: z.string().max(5000).optional() }).nullish(),
          response: { 200: Run, ...errors(401, 403, 404, 409, 422) },
        },
      },
      async (request) => {
        const context = engineContextFor(request, http)
        const run = await requireRun(context, request.params.run_id)
        await cancelRun(context, run.id, request.body?.reason ?? null, refuseCancelOfSent(context, run))
        return requireRun(context, request.params.run_id)
      },
    )

    app.post(
      `${root}/runs/:run_id/retry`,
      {
        config,
        schema: {
          tags,
          summary: 'Give a failed run another try from the step that failed',
          params: Params,
          body: z.strictObject({}).nullish(),
          response: { 200: Run, ...errors(401, 403, 404, 409, 422) },
        },
      },
      async (request) => {
        const context = engineContextFor(request, http)
        refuseAgain(await requireRun(context, request.params.run_id))
        await retryRun(context, request.params.run_id)
        return requireRun(context, request.params.run_id)
      },
    )

    app.post(
      `${root}/runs/:run_id/fork`,
      {
        config,
        schema: {
          tags,
          summary: 'Start a new run that takes over what this one had done before a step',
          params: Params,
          body: ForkInput,
          response: { 201: Run, ...errors(401, 403, 404, 409, 422) },
        },
      },
      async (request, reply) => {
        const context = engineContextFor(request, http)
        const { from_step: fromStep, input } = request.body
        refuseAgain(await requireRun(context, request.params.run_id))
        const runId = await forkRun(context, request.params.run_id, fromStep, input)
        return reply.code(201).send(await requireRun(context, runId))
      },
    )

    app.post(
      `${root}/runs/:run_id/events`,
      {
        config,
        schema: {
          tags,
          summary: 'Tell a run something that it waits for, or will',
          params: Params,
          body: RunEventInput,
          response: { 202: Run, ...errors(401, 403, 404, 409, 422) },
        },
      },
      async (request, reply) => {
        const context = engineContextFor(request, http)
        await receiveEvent(context, request.params.run_id, request.body.name, request.body.payload)
        return reply.code(202).send(await requireRun(context, request.params.run_id))
      },
    )
  }
}

/** Kinds after which a run may have settled. */
const SETTLING = new Set(['run_completed', 'run_failed', 'run_cancelled', 'run_paused'])

async function isSettledAt(
  { engine, principal }: ReturnType<typeof engineContextFor>,
  runId: string,
  seq: number,
): Promise<boolean> {
  const head = await engine.kernel.ledger.readHead(principal.tenantId, runId)
  const execution = head?.state.execution
  if (!head || !execution || head.seq > seq || execution.status === 'running') return false
  // Its question was answered, and whoever takes it up has not written so yet.
  const awaited = execution.waiting?.decision_id ?? null
  return awaited === null || head.state.gate?.decision_id === awaited
}
