import { strict as assert } from 'node:assert'
import { call } from '../golden-run/run-golden.ts'

type Run = {
  id: string
  status: string
  waiting: { decision_id: string; reason: string } | null
  result: unknown
}
type Pending = {
  decision_id: string
  run_id: string
  title: string
  payload: unknown
  payload_sha256: string
}
type Event = { kind: string; node_id: string | null }

/** Runs until the gate, approves in the inbox what stands there, and follows the run to its end. */
export async function runEscalation(address: string, headers: Record<string, string>): Promise<string> {
  const run = await call<Run>('POST', `${address}/workflows/demo_ticket_escalation_v1/runs`, headers, {
    input: { hotel_id: 'VV-LISBON' },
  })
  assert.equal(run.status, 'paused')
  const before = await call<Event[]>('GET', `${address}/runs/${run.id}/events`, headers)
  assert.ok(!before.some(({ kind, node_id }) => kind === 'step_started' && node_id === 'escalate'))

  const inbox = await call<{ approvals: Pending[] }>('GET', `${address}/v1/approvals/pending`, headers)
  const asked = inbox.approvals.find(({ run_id }) => run_id === run.id)
  assert.ok(asked, 'the request stands in the inbox')
  await call('POST', `${address}/v1/approvals/decisions/${asked.decision_id}`, headers, {
    decision: 'approved',
    approver_id: 'maria',
    reason: 'a guest without hot water',
    // Who says what they saw is never taken to have approved anything else.
    payload_sha256: asked.payload_sha256,
  })

  const events = await follow(`${address}/runs/${run.id}/stream`, headers)
  const done = await call<Run>('GET', `${address}/runs/${run.id}`, headers)
  assert.equal(done.status, 'completed')
  assert.ok(events.some(({ kind, node_id }) => kind === 'step_started' && node_id === 'escalate'))
  return run.id
}

/** Reads a run's stream until it says that the run is complete; gives every event it told, each once. */
async function follow(url: string, headers: Record<string, string>): Promise<Event[]> {
  const response = await fetch(url, { headers })
  assert.equal(response.status, 200)
  const events: Event[] = []
  let text = ''
  for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
    text += chunk
    const messages = text.split('\n\n')
    text = messages.pop()!
    for (const message of messages) {
      const data = /^data: (.*)$/m.exec(message)?.[1]
      if (/^event: complete$/m.test(message)) return events
      if (data) events.push(JSON.parse(data))
    }
  }
  return events
}
