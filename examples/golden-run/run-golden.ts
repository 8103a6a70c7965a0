import { strict as assert } from 'node:assert'

type Ticket = { id: string; subject: string; status: string; priority: string; action: string }
type Run = { id: string; status: string; result: { summary: string; tickets: Ticket[] }; error: unknown }
type Event = { kind: string; node_id: string | null; payload: Record<string, unknown> }

/** Starts the run and asserts its result, its events in their order, and its receipts. */
export async function runGolden(address: string, headers: Record<string, string>): Promise<Run> {
  const run = await call<Run>('POST', `${address}/workflows/demo_ticket_triage_v1/runs`, headers, {
    input: { hotel_id: 'VV-LISBON' },
    mode: 'draft',
  })
  assert.equal(run.status, 'completed', JSON.stringify(run.error))
  const { summary, tickets } = run.result
  assert.equal(summary, `${tickets.length} tickets triaged`)
  assert.ok(tickets.length >= 1)
  for (const ticket of tickets) {
    for (const member of ['id', 'subject', 'status', 'priority', 'action'] as const) {
      assert.equal(typeof ticket[member], 'string', `${member} of ${JSON.stringify(ticket)}`)
    }
  }
  assert.equal(tickets.find(({ id }) => id === 'T-1')?.priority, 'urgent')

  const events = await call<Event[]>('GET', `${address}/runs/${run.id}/events`, headers)
  assertInOrder(events, [
    ['run_started', () => true],
    ['step_started', ({ node_id }) => node_id === 'start'],
    ['step_started', ({ node_id }) => node_id === 'fetch_tickets'],
    ['tool_call', ({ payload }) => payload.tool_id === 'ticketing.list_open'],
    ['step_started', ({ node_id }) => node_id === 'triage'],
    ['llm_call', ({ payload }) => payload.agent_id === 'agent.ticket_triage'],
    ['run_completed', () => true],
  ])
  assert.equal(events[0]!.kind, 'run_started')
  assert.equal(events.at(-1)!.kind, 'run_completed')
  assert.equal(events.filter(({ kind }) => kind === 'run_started').length, 1)

  const journal = await call<{ entry_count: number }>('GET', `${address}/v1/runs/${run.id}/journal`, headers)
  assert.equal(journal.entry_count, events.length, 'every event is a receipt in the journal too')
  return run
}

function assertInOrder(events: Event[], wanted: [kind: string, matches: (event: Event) => boolean][]): void {
  let next = 0
  for (const event of events) {
    const [kind, matches] = wanted[next] ?? []
    if (event.kind === kind && matches!(event)) next++
  }
  const seen = events.map(({ kind, node_id }) => (node_id ? `${kind}:${node_id}` : kind)).join(' ')
  assert.equal(next, wanted.length, `missing ${wanted[next]?.[0]}; the run has ${seen}`)
}

/** One call of the API. Anything but a 2xx ends the example with what the server said. */
export async function call<T>(
  method: string,
  url: string,
  headers: Record<string, string>,
  body?: unknown,
): Promise<T> {
  const response = await fetch(url, {
    method,
    headers: { ...headers, ...(body !== undefined && { 'content-type': 'application/json' }) },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  assert.ok(response.ok, `${method} ${url}: ${response.status} ${text}`)
  return (text === '' ? null : JSON.parse(text)) as T
}
