import { z } from 'zod'
import { importApp } from '../../apps/import-app.ts'
import { listApps, readActions, readApp, readAppFigures, removeApp } from '../../apps/read-apps.ts'
import { runAction } from '../../apps/run-action.ts'
import {
  ActionRequest,
  ActionRun,
  App,
  AppFigures,
  AppScope,
  AppSummary,
  AppView,
  DescribedAction,
  Manifest,
} from '../../apps/schema.ts'
import { MANIFEST_VOCABULARY } from '../../apps/vocabulary.ts'
import { requireRun, waitForRun } from '../../engine/runs/move-run.ts'
import { WORKFLOW_VOCABULARY } from '../../engine/workflows/vocabulary.ts'
import { requireBuilder } from '../../identity/authorize-access.ts'
import { contextFor } from '../authenticate.ts'
import { engineContextFor, knownTools } from '../engine-context.ts'
import { logRun, traceParentOf } from '../log-runs.ts'
import { Page, PageQuery } from '../page.ts'
import { errors, type Routes, UNDER_BOTH_ROOTS } from '../route.ts'

const Params = z.object({ app_id: z.string().min(1).max(512) })
const ActionParams = Params.extend({ action_id: z.string().min(1).max(512) })
const tags = ['apps']

export const appRoutes: Routes = (app, http) => {
  for (const root of UNDER_BOTH_ROOTS) {
    app.post(
      `${root}/apps/import`,
      {
        config: { vocabulary: MANIFEST_VOCABULARY },
        schema: {
          tags,
          summary: 'Import the app that a manifest declares, or replace the one with its id',
          description:
            'All of it or nothing. Every fault of the manifest is told, with where it is. The workflows and tools it names have to exist.',
          body: Manifest,
          response: { 200: App, 201: App, ...errors(401, 403, 409, 422) },
        },
      },
      async (request, reply) => {
        requireBuilder(request.principal!, 'change')
        const imported = await importApp(contextFor(request, http), knownTools(http), request.body)
        return reply.code(imported.created ? 201 : 200).send(imported.app)
      },
    )

    app.get(
      `${root}/apps`,
      {
        schema: {
          tags,
          summary: 'Apps, by name; private ones for whoever imported them and for administrators',
          querystring: PageQuery,
          response: { 200: Page(AppSummary), ...errors(401, 422) },
        },
      },
      async (request) => {
        const { page, limit } = request.query
        const range = { offset: (page - 1) * limit, limit }
        const { apps, total } = await listApps(contextFor(request, http), range)
        return { data: apps, total, page, limit }
      },
    )

    app.get(
      `${root}/apps/:app_id`,
      {
        schema: {
          tags,
          summary: 'One app with its scopes, workflows, actions and views',
          params: Params,
          response: { 200: App, ...errors(401, 404) },
        },
      },
      (request) => readApp(contextFor(request, http), request.params.app_id),
    )

    app.get(
      `${root}/apps/:app_id/actions`,
      {
        schema: {
          tags,
          summary: 'The actions of an app, each with what has to be sent to it',
          params: Params,
          response: { 200: z.array(DescribedAction), ...errors(401, 404) },
        },
      },
      (request) => readActions(contextFor(request, http), request.params.app_id),
    )

    app.get(
      `${root}/apps/:app_id/scopes`,
      {
        schema: {
          tags,
          summary: 'What runs of an app may touch',
          params: Params,
          response: { 200: z.array(AppScope), ...errors(401, 404) },
        },
      },
      async (request) => (await readApp(contextFor(request, http), request.params.app_id)).scopes,
    )

    app.get(
      `${root}/apps/:app_id/views`,
      {
        schema: {
          tags,
          summary: 'The pages that an app declares',
          params: Params,
          response: { 200: z.array(AppView), ...errors(401, 404) },
        },
      },
      async (request) => (await readApp(contextFor(request, http), request.params.app_id)).views,
    )

    app.get(
      `${root}/apps/:app_id/figures`,
      {
        schema: {
          tags,
          summary: 'The runs of an app, or of one of its actions, in numbers',
          params: Params,
          querystring: z.strictObject({ action_id: z.string().min(1).max(512).optional() }),
          response: { 200: AppFigures, ...errors(401, 404, 422) },
        },
      },
      (request) =>
        readAppFigures(contextFor(request, http), request.params.app_id, request.query.action_id ?? null),
    )

    app.post(
      `${root}/apps/:app_id/actions/:action_id`,
      {
        config: { vocabulary: WORKFLOW_VOCABULARY },
        schema: {
          tags,
          summary: 'Run an action of an app; answers as the start of a run does, with what was not sent',
          description:
            'The input is made by the mapping of the action. The mode is that of its workflow unless `context.mode` is another; auto in the place of draft is for people with the role developer or admin.',
          params: ActionParams,
          body: ActionRequest.nullish(),
          response: { 201: ActionRun, 202: ActionRun, ...errors(401, 403, 404, 409, 422, 500, 503) },
        },
      },
      async (request, reply) => {
        const context = engineContextFor(request, http)
        const { app_id: appId, action_id: actionId } = request.params
        const sent = request.body ?? ActionRequest.parse({})
        const traceParent = traceParentOf(request)
        const { runId, warnings } = await runAction(context, appId, actionId, sent, traceParent)
        logRun(request, reply, runId)
        await waitForRun(context, runId)
        const run = await requireRun(context, runId)
        return reply.code(run.status === 'running' ? 202 : 201).send({ run_id: runId, ...run, warnings })
      },
    )

    app.delete(
      `${root}/apps/:app_id`,
      {
        schema: {
          tags,
          summary: 'Remove an app; its runs stay, and those under way may call no tool any more',
          params: Params,
          response: { 204: z.undefined().describe('It is gone'), ...errors(401, 403, 404) },
        },
      },
      async (request, reply) => {
        requireBuilder(request.principal!, 'remove')
        await removeApp(contextFor(request, http), request.params.app_id)
        return reply.code(204).send()
      },
    )
  }
}
