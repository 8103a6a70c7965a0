import { expect } from 'vitest'
import { expectStatus, fresh } from '../../gate/purchase-client.ts'
import type { Answer, CallOptions, TestServer } from '../../harness/start-test-server.ts'

type Json = Record<string, unknown>
export type Node = { id: string; type: string; config?: Json }
export type Edge = [from: string, to: string, condition?: string]

/** How a run is started besides its input. */
export type StartOptions = {
  mode?: 'draft' | 'auto'
  cost_limit_cents?: number
  llm_calls_limit?: number
  latency_slo_ms?: number
}

/** The API of runs and what they are made of, one function a route. */
export function runClient(server: Pick<TestServer, 'call'>, identity: CallOptions = {}) {
  const call = (method: string, path: string, body?: unknown) => server.call(method, path, body, identity)
  const read = async (path: string) => expectStatus(await call('GET', path), 200)
  const client = {
    call,
    get: (path: string) => call('GET', path),
    post: (path: string, body?: unknown) => call('POST', path, body),

    /** Stores a workflow, which must be accepted; answers its id. */
    async define(nodes: Node[], edges: Edge[] = [], more: Json = {}): Promise<string> {
      const { id, ...definition } = { id: fresh('wf'), ...more }
      const answer = await call('POST', '/workflows', {
        id,
        name: id,
        type: 'graph',
        definition: definitionOf(nodes, edges, definition),
      })
      return expectStatus(answer, 201).id
    },
    /** Stores a tool that posts what it is given to this address. */
    async addTool(url: string, more: Json = {}): Promise<string> {
      const answer = await call('POST', '/tools', {
        id: fresh('tool'),
        name: 'A tool',
        handler_type: 'http',
        handler_config: { method: 'POST', url, body: '{{input}}' },
        ...more,
      })
      expect([200, 201], answer.text).toContain(answer.status)
      return answer.body.id
    },
    async addAgent(more: Json = {}): Promise<string> {
      const answer = await call('POST', '/agents', {
        id: fresh('agent'),
        name: 'An agent',
        instructions: 'Do as you are told.',
        ...more,
      })
      return expectStatus(answer, 201).id
    },
    /** Stores a policy that holds for one tool, agent or workflow. */
    async addPolicy(scope: string, scopeId: string | null, effect: string, rule: Json = {}): Promise<string> {
      const answer = await call('POST', '/api/v1/policies', {
        name: fresh('policy'),
        scope,
        scope_id: scopeId,
        effect,
        priority: 10,
        rule_expr: { conditions: [{ field: 'action', operator: 'exists' }], ...rule },
      })
      return expectStatus(answer, 201).id
    },

    start: (workflow: string, input: unknown = {}, more: StartOptions = {}): Promise<Answer> =>
      call('POST', `/workflows/${encodeURIComponent(workflow)}/runs`, { input, mode: 'auto', ...more }),
    /** Starts a run that settles before it is answered, with this status. */
    async run(workflow: string, status: string, input: unknown = {}, more: StartOptions = {}) {
      const run = expectStatus(await client.start(workflow, input, more), 201)
      expectRun(run, status)
      return run
    },
    /** The run as it is now. */
    read: (runId: string) => read(`/runs/${runId}`),
    steps: (runId: string) => read(`/runs/${runId}/steps`),
    events: (runId: string) => read(`/runs/${runId}/events`),
    kinds: async (runId: string): Promise<string[]> => kindsOf(await client.events(runId)),
    /** What the events of one kind carry, in order. */
    payloads: async (runId: string, kind: string) =>
      (await client.events(runId)).flatMap((event: { kind: string; payload: Json }) =>
        event.kind === kind ? [event.payload] : [],
      ),
    resume: (runId: string, approvalInput?: Json) =>
      call('PATCH', `/runs/${runId}/resume`, approvalInput && { approval_input: approvalInput }),
    cancel: (runId: string) => call('POST', `/runs/${runId}/cancel`),
    retry: (runId: string) => call('POST', `/runs/${runId}/retry`),
    fork: (runId: string, fromStep: string, input?: unknown) =>
      call('POST', `/runs/${runId}/fork`, { from_step: fromStep, ...(input !== undefined && { input }) }),
    tell: (runId: string, name: string, payload: unknown = null) =>
      call('POST', `/runs/${runId}/events`, { name, payload }),
    /** Answers what a run waits for, from the inbox. */
    answer: (decisionId: string, decision = 'approved', more: Json = {}) =>
      call('POST', `/v1/approvals/decisions/${decisionId}`, { decision, approver_id: 'human_123', ...more }),
  }
  return client
}

export type RunClient = ReturnType<typeof runClient>

export const definitionOf = (nodes: Node[], edges: Edge[] = [], more: Json = {}) => ({
  entry: nodes[0]!.id,
  nodes,
  edges: edges.map(([from, to, condition]) => ({ from, to, ...(condition && { condition }) })),
  ...more,
})

export function expectRun(run: { status: string; error: unknown }, status: string) {
  expect({ status: run.status, error: run.error }).toMatchObject({ status })
}

const kindsOf = (events: { kind: string }[]) => events.map(({ kind }) => kind)

/** Resolves when the run has so many events of a kind; the server of this process writes them. */
export function whenHappened(server: TestServer, runId: string, kind: string, times = 1): Promise<void> {
  const { database, ledger } = server.app.kernel
  return new Promise((resolve, reject) => {
    const seen = new Set<string>()
    const unsubscribe = ledger.subscribe((events) => {
      for (const event of events) if (event.runId === runId && event.kind === kind) seen.add(event.eventId)
      resolveWhenSeen()
    })
    const resolveWhenSeen = () => {
      if (seen.size < times) return
      unsubscribe()
      resolve()
    }
    // What was written before is told by nobody any more.
    const readEarlier = database.asOwner((session) =>
      session.query<{ event_id: string }>('SELECT event_id FROM events WHERE run_id = $1 AND kind = $2', [
        runId,
        kind,
      ]),
    )
    readEarlier.then((rows) => {
      for (const { event_id } of rows) seen.add(event_id)
      resolveWhenSeen()
    }, reject)
  })
}
