import { randomBytes } from 'node:crypto'
import { expect } from 'vitest'
import { ErrorEnvelope } from '../../src/http/schema.ts'
import type { Answer, CallOptions, TestServer } from '../harness/start-test-server.ts'

/** An id that no other test uses. */
export const fresh = (prefix: string) => `${prefix}_${randomBytes(6).toString('hex')}`

type Json = Record<string, unknown>

/** The answer, which must be the error envelope with this status and code. */
export function expectError(answer: Answer, status: number, code: string) {
  const parsed = ErrorEnvelope.strict().safeParse(answer.body)
  expect({ status: answer.status, code: answer.body?.error?.code, shape: parsed.error }, answer.text).toEqual(
    {
      status,
      code,
      shape: undefined,
    },
  )
  return parsed.data!.error
}

/** The body of an answer that must have this status. */
export function expectStatus(answer: Answer, status: number) {
  expect(answer.status, answer.text).toBe(status)
  return answer.body
}

/** The purchase story over HTTP, one function a step. */
export function purchaseClient(server: TestServer, identity: CallOptions = {}) {
  const as = (options: CallOptions = {}): CallOptions => ({
    ...options,
    headers: { ...identity.headers, ...options.headers },
  })
  const get = (path: string, options?: CallOptions) => server.get(path, as(options))
  const post = (path: string, body?: unknown, options?: CallOptions) => server.post(path, body, as(options))
  const client = {
    get,
    post,
    authorize: (context: Json) =>
      post('/v1/mcp/authorize_action', {
        intent: { action: 'purchase.create' },
        context: { currency: 'EUR', request_id: fresh('req'), ...context },
      }),
    register: (registration: Json) =>
      post('/v1/approvals/requests', {
        decision_id: fresh('dec'),
        run_id: fresh('run'),
        requested_by: 'agent',
        title: 'Approval required',
        details: 'Purchase amount exceeds threshold',
        risk_level: 'high',
        reason: 'Amount above configured EUR threshold',
        ...registration,
      }),
    resolve: (decisionId: string, decision = 'approved', more: Json = {}) =>
      post(`/v1/approvals/decisions/${decisionId}`, { decision, approver_id: 'human_123', ...more }),
    resolveEvent: (eventId: string, decision = 'approved', more: Json = {}) =>
      post(`/v1/approvals/${encodeURIComponent(eventId)}`, { decision, approver_id: 'human_123', ...more }),
    decision: (decisionId: string) => get(`/v1/approvals/decisions/${decisionId}`),
    status: (runId: string) => get(`/v1/runs/${runId}/status`),
    events: async (runId: string) => expectStatus(await get(`/v1/runs/${runId}/events`), 200).events,
    journal: async (runId: string) => expectStatus(await get(`/v1/runs/${runId}/journal`), 200).entries,
    mint: (decisionId: string, body?: Json) =>
      post(`/v1/approvals/decisions/${decisionId}/execution-token`, body),
    execute: (token: string | null, body: Json) =>
      post(
        '/v1/executors/purchase.create',
        { currency: 'EUR', ...body },
        {
          headers: token === null ? {} : { authorization: `Bearer ${token}` },
        },
      ),
    /** Stores a raw event, which must be accepted. */
    ingest: async (event: Json) => expectStatus(await post('/v1/events', event), 201),

    /** A purchase above the threshold that was authorized and registered, and waits. */
    async pendingPurchase(context: Json = {}) {
      const { decision_id: decisionId } = expectStatus(
        await client.authorize({ amount: 250, ...context }),
        200,
      )
      const runId = fresh('run')
      const registered = expectStatus(await client.register({ decision_id: decisionId, run_id: runId }), 200)
      return { decisionId: decisionId as string, runId, eventId: registered.event_id as string }
    },
    /** The same, approved. */
    async approvedPurchase(context: Json = {}) {
      const pending = await client.pendingPurchase(context)
      expectStatus(await client.resolve(pending.decisionId), 200)
      return pending
    },
    /** The same, with a token for it. */
    async mintedPurchase(context: Json = {}) {
      const approved = await client.approvedPurchase(context)
      const { execution_token: token } = expectStatus(await client.mint(approved.decisionId), 200)
      return { ...approved, token: token as string }
    },
  }
  return client
}

export type PurchaseClient = ReturnType<typeof purchaseClient>

const NOT_REQUIRED = { status: 'not_required' }

/** A raw event as outsiders send it. */
export const receipt = (runId: string, more: Json = {}): Json & { id: string; run_id: string } => ({
  id: fresh('evt'),
  run_id: runId,
  timestamp: '2026-02-14T13:00:00Z',
  type: 'action',
  actor: 'agent',
  title: 'Start transfer workflow',
  details: 'Agent prepared transfer request',
  approval: NOT_REQUIRED,
  ...more,
})

/** A raw gate. */
export const gate = (runId: string, more: Json = {}, approval: Json = {}) =>
  receipt(runId, {
    type: 'approval_requested',
    timestamp: '2026-02-14T13:01:00Z',
    title: 'Approval required',
    details: 'Transfer exceeds policy threshold',
    risk_level: 'high',
    requires_approval: true,
    approval: { status: 'pending', requested_by: 'agent', ...approval },
    ...more,
  })

/** A raw resolution of whatever gate is open. */
export const resolution = (runId: string, more: Json = {}, approval: Json = {}) =>
  receipt(runId, {
    type: 'approval_resolved',
    actor: 'human',
    timestamp: '2026-02-14T13:02:00Z',
    title: 'Approval decision recorded',
    details: 'Human reviewer approved transfer',
    requires_approval: true,
    approval: {
      status: 'approved',
      resolved_by: 'human_9',
      resolved_at: '2026-02-14T13:02:00Z',
      ...approval,
    },
    ...more,
  })

/** How many rows stand in each table that a request may write, seen past row-level security. */
export async function countRows(server: TestServer): Promise<Record<string, number>> {
  const tables = [
    'events',
    'run_heads',
    'approvals',
    'approval_votes',
    'execution_tokens',
    'effects',
    'purchase_orders',
    'policies',
    'users',
    'sessions',
    'api_keys',
  ]
  return server.app.kernel.database.asOwner(async (session) => {
    // A refusal may be told in the audit log, which is what that is for.
    const rows = (table: string) =>
      ['events', 'run_heads'].includes(table) ? `${table} WHERE run_id NOT LIKE 'audit:%'` : table
    const sql = tables.map((table) => `(SELECT count(*)::int FROM ${rows(table)}) AS ${table}`).join(', ')
    const [row] = await session.query(`SELECT ${sql}`)
    return row as Record<string, number>
  })
}

export const isoPattern = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/
