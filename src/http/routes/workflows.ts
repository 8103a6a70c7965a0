import { z } from 'zod'
import { requireRun, waitForRun } from '../../engine/runs/move-run.ts'
import { Run, RunInput } from '../../engine/runs/schema.ts'
import { startRun } from '../../engine/runs/start-run.ts'
import { resolveWorkflow } from '../../engine/workflows/load-workflow.ts'
import { readVersion, readVersions } from '../../engine/workflows/read-versions.ts'
import {
  changeWorkflow,
  createWorkflow,
  presentWorkflow,
  removeWorkflow,
} from '../../engine/workflows/save-workflow.ts'
import {
  DefinedVersion,
  Workflow,
  WorkflowInput,
  WorkflowPatch,
  WorkflowVersion,
} from '../../engine/workflows/schema.ts'
import { WORKFLOW_VOCABULARY } from '../../engine/workflows/vocabulary.ts'
import { listWorkflows } from '../../engine/workflows/workflow-rows.ts'
import { requireAuthor, requireBuilder } from '../../identity/authorize-access.ts'
import { contextFor } from '../authenticate.ts'
import { engineContextFor, knownTools } from '../engine-context.ts'
import { logRun, traceParentOf } from '../log-runs.ts'
import { Page, PageQuery } from '../page.ts'
import { errors, type Routes, UNDER_BOTH_ROOTS } from '../route.ts'

const Params = z.object({ workflow_id: z.string().min(1).max(512) })
const tags = ['workflows']
const config = { vocabulary: WORKFLOW_VOCABULARY }

export const workflowRoutes: Routes = (app, http) => {
  for (const root of UNDER_BOTH_ROOTS) {
    app.post(
      `${root}/workflows`,
      {
        config,
        schema: {
          tags,
          summary: 'Add a workflow',
          description: 'Every fault of the definition is told, with where it is.',
          body: WorkflowInput,
          response: { 201: Workflow, ...errors(401, 403, 409, 422) },
        },
      },
      async (request, reply) => {
        requireAuthor(request.principal!)
        return reply
          .code(201)
          .send(await createWorkflow(contextFor(request, http), knownTools(http), request.body))
      },
    )

    app.get(
      `${root}/workflows`,
      {
        schema: {
          tags,
          summary: 'Workflows, youngest first',
          querystring: PageQuery,
          response: { 200: Page(Workflow), ...errors(401, 422) },
        },
      },
      async (request) => {
        const { database, principal } = contextFor(request, http)
        const { page, limit } = request.query
        const { rows, total } = await database.transaction(principal.tenantId, (session) =>
          listWorkflows(session, principal.tenantId, { offset: (page - 1) * limit, limit }),
        )
        return { data: rows.map(presentWorkflow), total, page, limit }
      },
    )

    app.get(
      `${root}/workflows/:workflow_id`,
      {
        schema: {
          tags,
          summary: 'One workflow, by id or name',
          params: Params,
          response: { 200: Workflow, ...errors(401, 404) },
        },
      },
      async (request) => {
        const { engine, principal } = engineContextFor(request, http)
        return presentWorkflow(await resolveWorkflow(engine, principal.tenantId, request.params.workflow_id))
      },
    )

    app.get(
      `${root}/workflows/:workflow_id/versions`,
      {
        schema: {
          tags,
          summary: 'Every version a workflow has had, youngest first; of a removed one that has runs as well',
          params: Params,
          querystring: PageQuery,
          response: { 200: Page(WorkflowVersion), ...errors(401, 404, 422) },
        },
      },
      async (request) => {
        const { page, limit } = request.query
        const { versions, total } = await readVersions(
          contextFor(request, http),
          request.params.workflow_id,
          { offset: (page - 1) * limit, limit },
        )
        return { data: versions, total, page, limit }
      },
    )

    app.get(
      `${root}/workflows/:workflow_id/versions/:version`,
      {
        schema: {
          tags,
          summary: 'One version with its definition as it was, by version or by the hash of the definition',
          description: 'Of several with one version the youngest; a hash tells them apart. A run names both.',
          params: Params.extend({ version: z.string().min(1).max(512) }),
          response: { 200: DefinedVersion, ...errors(401, 404) },
        },
      },
      (request) => readVersion(contextFor(request, http), request.params.workflow_id, request.params.version),
    )

    app.patch(
      `${root}/workflows/:workflow_id`,
      {
        config,
        schema: {
          tags,
          summary: 'Change a workflow; another definition is another version, and runs keep theirs',
          params: Params,
          body: WorkflowPatch,
          response: { 200: Workflow, ...errors(401, 403, 404, 422) },
        },
      },
      (request) => {
        requireBuilder(request.principal!, 'change')
        const { workflow_id: id } = request.params
        return changeWorkflow(contextFor(request, http), knownTools(http), id, request.body)
      },
    )

    app.delete(
      `${root}/workflows/:workflow_id`,
      {
        schema: {
          tags,
          summary: 'Remove a workflow; its runs stay',
          params: Params,
          response: { 204: z.undefined().describe('It is gone'), ...errors(401, 403, 404) },
        },
      },
      async (request, reply) => {
        requireBuilder(request.principal!, 'remove')
        await removeWorkflow(contextFor(request, http), request.params.workflow_id)
        return reply.code(204).send()
      },
    )

    app.post(
      `${root}/workflows/:workflow_id/runs`,
      {
        config,
        schema: {
          tags: ['runs'],
          summary: 'Start a run; answers when it has ended or waits, or says that it is still running',
          params: Params,
          body: RunInput.nullish(),
          response: { 201: Run, 202: Run, ...errors(401, 403, 404, 409, 422, 500, 503) },
        },
      },
      async (request, reply) => {
        const context = engineContextFor(request, http)
        const { input, mode, cost_limit_cents, llm_calls_limit, latency_slo_ms } =
          request.body ?? RunInput.parse({})
        const { runId } = await startRun(context, request.params.workflow_id, {
          input,
          mode,
          limits: {
            cost_limit_cents: cost_limit_cents ?? null,
            llm_calls_limit: llm_calls_limit ?? null,
            latency_slo_ms: latency_slo_ms ?? null,
          },
          app: null,
          parent: null,
          traceParent: traceParentOf(request),
        })
        logRun(request, reply, runId)
        await waitForRun(context, runId)
        const run = await requireRun(context, runId)
        return reply.code(run.status === 'running' ? 202 : 201).send(run)
      },
    )
  }
}
