import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { FIGURES_OF } from '../../src/apps/app-rows.ts'
import { runClient } from '../engine/runs/run-client.ts'
import { openRunWorld, type RunWorld } from '../engine/runs/run-world.ts'
import { signUpColleague } from '../gate/people.ts'
import { expectError, expectStatus } from '../gate/purchase-client.ts'
import { type AppClient, appClient } from './app-client.ts'

let place: RunWorld
let apps: AppClient
/** Answers what it was given, and what it knows of who asks. */
let echo: string
beforeAll(async () => {
  place = await openRunWorld()
  apps = appClient(place.client)
  echo = await place.client.define(
    [{ id: 'say', type: 'static', config: { input: { input: '$input', context: '$context' } } }],
    [],
    { input_schema: { type: 'object', properties: { n: { type: 'integer' } } } },
  )
})
afterAll(() => place.close())

const echoing = (input_mapping: object, default_mode = 'draft') =>
  apps.import(echo, { input_mapping, default_mode })

describe('an action of an app', () => {
  test('starts a run with the mapped input and answers as its start does', async () => {
    const app = await echoing({ hotel: '$context.hotel_id', room: '$event.room.no', kind: 'triage' })
    for (const root of ['', '/api/v1']) {
      const answer = await apps.act(
        app,
        { event: { room: { no: 7 } }, context: { hotel_id: 'VV' } },
        { root },
      )
      const run = expectStatus(answer, 201)
      expect(run).toMatchObject({
        run_id: run.id,
        status: 'completed',
        mode: 'draft',
        input: { hotel: 'VV', room: 7, kind: 'triage' },
        result: { input: { hotel: 'VV', room: 7, kind: 'triage' } },
        app_id: app,
        app_action_id: 'act',
        workflow_id: echo,
        warnings: [],
      })
      expect(await place.client.read(run.run_id)).toMatchObject({ app_id: app, app_action_id: 'act' })
    }
  })

  test('leaves out what was not sent and warns of it', async () => {
    const app = await echoing({ a: '$event.a', b: '$context.b.c', kept: 1 })
    const run = expectStatus(await apps.act(app), 201)
    expect(run.input).toEqual({ kept: 1 })
    expect(run.warnings).toEqual([
      { path: 'input_mapping.a', message: '$event.a was not sent, so it is left out' },
      { path: 'input_mapping.b', message: '$context.b.c was not sent, so it is left out' },
    ])
  })

  test('with strict refuses instead, naming what was not sent, and starts nothing', async () => {
    const app = await echoing({ a: '$event.a.b', kept: 1 })
    const { details } = expectError(await apps.act(app, { strict: true }), 422, 'INPUT_NOT_SENT')
    expect(details.map(({ path }) => path)).toEqual(['event.a.b'])
    expect(await apps.runsOf(app)).toEqual([])
    expect(expectStatus(await apps.act(app, { strict: true, event: { a: { b: 1 } } }), 201).input).toEqual({
      a: 1,
      kept: 1,
    })
  })

  test('knows who asks from the credential, whatever the context says', async () => {
    const app = await echoing({
      user: '$context.user_id',
      tenant: '$context.tenant_id',
      role: '$context.role',
    })
    const sent = { user_id: 'user:dan', tenant_id: 'tenant:voulezvous', role: 'owner', app_id: 'other' }
    const run = expectStatus(await apps.act(app, { context: sent }), 201)
    expect(run).toMatchObject({ app_id: app, tenant_id: 'default' })
    expect(run.input).toEqual({ user: run.user_id, tenant: 'default', role: 'admin' })
    expect(run.result.context).toMatchObject({ user_id: run.user_id, tenant_id: 'default', app_id: app })
    expect(run.user_id).not.toBe('user:dan')
  })

  test('is refused with the workflow’s own words where the mapped input does not fit', async () => {
    const app = await echoing({ n: '$event.n' })
    const { details } = expectError(await apps.act(app, { event: { n: 'five' } }), 422, 'INVALID_RUN_INPUT')
    expect(details[0]!.path).toBe('input.n')
  })

  test.each([
    ['unknown', 'act', 'APP_NOT_FOUND'],
    [null, 'unknown', 'ACTION_NOT_FOUND'],
  ])('of app %s and action %s does not exist', async (unknownApp, action, code) => {
    const app = unknownApp ?? (await echoing({}))
    expectError(await apps.act(app, {}, { action }), 404, code)
  })

  test('whose workflow was removed says so', async () => {
    const gone = await place.client.define([{ id: 'say', type: 'static' }])
    const app = await apps.import(gone)
    expectStatus(await place.client.call('DELETE', `/workflows/${gone}`), 204)
    expectError(await apps.act(app), 404, 'WORKFLOW_NOT_FOUND')
  })

  test.each([{ context: { mode: 'yolo' } }, { event: [] }, { input: {} }, { strict: 'yes' }])(
    'does not take %j',
    async (body) => {
      expectError(await apps.act(await echoing({}), body), 422, 'REQUEST_VALIDATION_ERROR')
    },
  )
})

describe('the mode of an action', () => {
  const modeOf = (answer: Awaited<ReturnType<AppClient['act']>>) => expectStatus(answer, 201).mode

  test('is that of its workflow in the manifest, and anybody may ask for draft', async () => {
    const app = await echoing({}, 'auto')
    expect(modeOf(await apps.act(app))).toBe('auto')
    const colleague = runClient(place.server, { headers: (await signUpColleague(place.server)).headers })
    expect(modeOf(await appClient(colleague).act(app, { context: { mode: 'draft' } }))).toBe('draft')
  })

  test('is raised to auto by people who build, and by nobody else', async () => {
    const app = await echoing({})
    const raised = { context: { mode: 'auto' } }
    expect(modeOf(await apps.act(app, raised))).toBe('auto')
    const { key } = expectStatus(await place.client.post('/api/v1/auth/api-keys', { name: 'agent' }), 201)
    for (const headers of [(await signUpColleague(place.server)).headers, { 'x-api-key': key }]) {
      const others = appClient(runClient(place.server, { headers }))
      const { details } = expectError(await others.act(app, raised), 403, 'FORBIDDEN')
      expect(details[0]!.path).toBe('context.mode')
      expect(modeOf(await others.act(app))).toBe('draft')
    }
  })
})

test('the runs of an app are listed and counted', async () => {
  const app = await echoing({ n: '$event.n' })
  const done = expectStatus(await apps.act(app, { event: { n: 1 } }), 201)
  const other = await place.client.run(echo, 'completed', {})
  expect(await apps.runsOf(app)).toEqual([done.run_id])
  expect(await apps.runsOf(app)).not.toContain(other.id)
  const path = `/runs?app_id=${app}&app_action_id=nothing`
  expect(expectStatus(await place.client.get(path), 200)).toMatchObject({ data: [], total: 0 })
  expect(expectStatus(await place.client.get(`/apps/${app}/figures`), 200)).toEqual({
    runs: 1,
    by_status: { completed: 1 },
    by_action: [{ action_id: 'act', runs: 1, failed: 0 }],
    llm_calls: 0,
    cost_cents: 0,
    median_seconds: expect.any(Number),
    last_run_at: done.created_at,
    complete: true,
  })
})

test('the figures of an app that has run for years are those of its newest runs', async () => {
  const app = await echoing({ n: '$event.n' })
  const newest = expectStatus(await apps.act(app, { event: { n: 1 } }), 201)
  await place.server.app.kernel.database.asOwner((session) =>
    session.query(
      `INSERT INTO runs (tenant_id, run_id, workflow_id, workflow_version, definition_sha256, status, mode, input, app_id,
         app_action_id, user_id, llm_calls, created_at, updated_at)
       SELECT tenant_id, run_id || n, workflow_id, workflow_version, definition_sha256, 'failed', mode, input, app_id,
         app_action_id, user_id, 1, created_at - n * interval '1 minute', updated_at
       FROM runs, generate_series(1, $2::int) n WHERE run_id = $1`,
      [newest.run_id, FIGURES_OF],
    ),
  )
  const figures = expectStatus(await place.client.get(`/apps/${app}/figures`), 200)
  expect(figures).toMatchObject({
    runs: FIGURES_OF,
    by_status: { completed: 1, failed: FIGURES_OF - 1 },
    last_run_at: newest.created_at,
    complete: false,
  })
  const ofAction = expectStatus(await place.client.get(`/apps/${app}/figures?action_id=other`), 200)
  expect(ofAction).toMatchObject({ runs: 0, complete: false })
})
