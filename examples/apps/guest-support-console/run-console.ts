import { strict as assert } from 'node:assert'
import { readFile } from 'node:fs/promises'
import { call } from '../../golden-run/run-golden.ts'

type Manifest = {
  version: string
  app: { id: string; scopes: { tools: string[] }; views: { type: string }[] }
}
type Run = {
  run_id: string
  status: string
  mode: string
  input: Record<string, unknown>
  result: { summary?: string; text?: string; tickets?: { id: string }[] } | null
  error: { error: string; error_type: string } | null
  app_id: string
  app_action_id: string
  user_id: string
  warnings: { path: string; message: string }[]
}
type Event = { kind: string; payload: Record<string, unknown> }

const read = async <T>(name: string): Promise<T> =>
  JSON.parse(await readFile(new URL(name, import.meta.url), 'utf8'))

/** Brings the workflows, imports the app, runs its actions, and takes a scope away to see that it is missed. */
export async function runConsole(address: string, headers: Record<string, string>): Promise<string> {
  for (const workflow of await read<{ id: string }[]>('workflows.json')) {
    const known = await fetch(`${address}/workflows/${workflow.id}`, { headers })
    if (known.status === 404) await call('POST', `${address}/workflows`, headers, workflow)
  }
  const manifest = await read<Manifest>('manifest.json')
  const importApp = (sent: Manifest) =>
    call<{ id: string; scopes: unknown[] }>('POST', `${address}/apps/import`, headers, sent)
  const app = await importApp(manifest)
  assert.equal(app.id, 'guest_support_console')
  assert.deepEqual(
    await importApp(manifest).then(({ scopes }) => scopes),
    app.scopes,
    'importing again is the same',
  )
  const views = await call<{ type: string }[]>('GET', `${address}/apps/${app.id}/views`, headers)
  assert.deepEqual(
    views.map(({ type }) => type),
    ['dashboard', 'form', 'chat', 'table', 'trace'],
  )

  const act = (action: string, body: object) =>
    call<Run>('POST', `${address}/apps/${app.id}/actions/${action}`, headers, body)
  const triage = {
    event: { hotel_id: 'VV-LISBON' },
    // Who asks is known from the credential; what stands here is not believed.
    context: { user_id: 'user:dan', tenant_id: 'tenant:voulezvous', hotel_id: 'VV-LISBON' },
  }
  const run = await act('triage_ticket', triage)
  assert.equal(run.status, 'completed', JSON.stringify(run.error))
  assert.equal(run.mode, 'draft')
  assert.deepEqual(run.input, { hotel_id: 'VV-LISBON' })
  assert.deepEqual([run.app_id, run.app_action_id], [app.id, 'triage_ticket'])
  assert.notEqual(run.user_id, 'user:dan')
  assert.deepEqual(run.warnings, [])
  const tickets = run.result?.tickets ?? []
  assert.ok(tickets.length > 1)
  assert.equal(run.result?.summary, `${tickets.length} tickets triaged`)
  const events = await call<Event[]>('GET', `${address}/runs/${run.run_id}/events`, headers)
  assert.ok(
    events.some(({ kind, payload }) => kind === 'tool_call' && payload.tool_id === 'ticketing.list_open'),
  )

  const said = await act('ask_desk', { event: { message: 'The guest in room 7 asks for two more towels.' } })
  assert.equal(said.status, 'completed', JSON.stringify(said.error))
  assert.equal(said.input.asked_by, said.user_id)

  // Without the scope of its tool the same action fails at its step, and says why.
  const { scopes } = manifest.app
  const tools = scopes.tools.filter((id) => !id.endsWith('ticketing.list_open'))
  await importApp({ ...manifest, app: { ...manifest.app, scopes: { ...scopes, tools } } })
  const refused = await act('triage_ticket', triage)
  assert.equal(refused.status, 'failed')
  assert.equal(refused.error?.error_type, 'scope_denied')
  await importApp(manifest)
  return app.id
}
