import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname } from 'node:path'
import type { ApprovalDecision, Installation, PendingApproval, RunList } from '../../src/http/schema.ts'
import { answerApps, type FakeApps, noApps } from './fake-apps.ts'
import { answerPeople, type FakePeople, noPeople } from './fake-people.ts'
import { answerPolicies, type FakePolicies, noPolicies } from './fake-policies.ts'
import { answerWorkflows, type FakeWorkflows, noWorkflows } from './fake-workflows.ts'
import { type FakeRun, LOCAL, settle } from './fixtures.ts'

/** What the fake server answers with. Tests change it while it runs. */
export type FakeState = {
  installation: Installation
  pending: PendingApproval[]
  inconsistent: { run_id: string; code: string; message: string }[]
  decisions: Map<string, ApprovalDecision>
  runs: RunList['runs']
  stories: Map<string, FakeRun>
  workflows: FakeWorkflows
  apps: FakeApps
  policies: FakePolicies
  people: FakePeople
  /** Answers before anything else, e.g. with a failure; `undefined` lets the request through. */
  intercept: (call: Call) => Answer | 'silence' | 'hang-up' | undefined
  /** Every call but those for files. */
  calls: Call[]
}
export type Call = { method: string; path: string; query: URLSearchParams; body: unknown; cookie: string }
export type Answer = { status: number; body: unknown; headers?: Record<string, string> }

export type FakeServer = {
  url: string
  /** The Studio's files as they are sent, by their paths. */
  files: Map<string, Buffer>
  state: FakeState
  /** Tells every open page that a run changed. */
  tick(runId: string): void
  /** Ends every stream, and refuses new ones while `isDown`. */
  setDown(isDown: boolean): void
  /** Forgets everything, as if it had just been started. */
  reset(): void
}

/** The policy under which the page must work. */
const PAGE_POLICY =
  "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
}

/** A page of the same origin that asks for nothing. */
export const BLANK_PATH = '/blank'
const BLANK_PAGE = '<!doctype html><title>Blank</title><link rel="icon" href="data:,">'

const emptyState = (): FakeState => ({
  installation: LOCAL,
  pending: [],
  inconsistent: [],
  decisions: new Map(),
  runs: [],
  stories: new Map(),
  workflows: noWorkflows(),
  apps: noApps(),
  policies: noPolicies(),
  people: noPeople(),
  intercept: () => undefined,
  calls: [],
})

/** The server at the wire, with canned answers: for states that a real one cannot be brought into at will. */
export async function startFakeServer(files: FakeServer['files']): Promise<FakeServer> {
  let state = emptyState()
  const streams = new Set<ServerResponse>()
  let isDown = false
  let requests = 0

  const server = createServer((request, response) => {
    requests += 1
    response.setHeader('x-request-id', `req_${requests}`)
    handle(request, response).catch((error: unknown) => response.destroy(error as Error))
  })

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    // What comes in before a reset is no call of the test after it.
    const asked = state
    const url = new URL(request.url ?? '/', 'http://fake')
    if (url.pathname.startsWith('/studio/'))
      return sendFile(files, url.pathname.slice('/studio/'.length), response)
    if (url.pathname === BLANK_PATH)
      return void response.writeHead(200, { 'content-type': TYPES['.html'] }).end(BLANK_PAGE)
    if (isDown) return void response.destroy()
    if (url.pathname === '/v1/stream') return openStream(response)
    const call: Call = {
      method: request.method ?? '',
      path: url.pathname,
      query: url.searchParams,
      body: await readBody(request),
      cookie: request.headers.cookie ?? '',
    }
    asked.calls.push(call)
    const special = asked.intercept(call)
    if (special === 'silence') return
    if (special === 'hang-up') return void response.destroy()
    send(response, special ?? answerCall(asked, call, tick))
  }

  function openStream(response: ServerResponse): void {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
    response.write(': here\n\n')
    streams.add(response)
    response.on('close', () => streams.delete(response))
  }

  function tick(runId: string): void {
    const data = JSON.stringify({ run_id: runId, seq: 1, event_id: 'evt_tick', kind: 'receipt_ingested' })
    for (const stream of streams) stream.write(`id: ${requests}\nevent: ledger\ndata: ${data}\n\n`)
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const setDown = (next: boolean) => {
    isDown = next
    if (isDown) for (const stream of streams) stream.destroy()
  }
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    files,
    get state() {
      return state
    },
    tick,
    setDown,
    reset() {
      setDown(true)
      setDown(false)
      state = emptyState()
      requests = 0
    },
  }
}

function answerCall(state: FakeState, call: Call, tick: (runId: string) => void): Answer {
  const { method, path, query } = call
  const ok = (body: unknown): Answer => ({ status: 200, body })
  if (path === '/api/v1/installation') return ok(state.installation)
  const ofPeople = answerPeople(state.people, call)
  if (ofPeople) return ofPeople
  const ofApps = answerApps(state.apps, state.workflows.runs, call)
  if (ofApps) return ofApps
  const ofPolicies = answerPolicies(state.policies, call)
  if (ofPolicies) return ofPolicies
  const ofWorkflows = answerWorkflows(state.workflows, call, tick)
  if (ofWorkflows) return ofWorkflows
  if (path === '/v1/approvals/pending') {
    return ok({
      pending_count: state.pending.length,
      approvals: state.pending,
      inconsistent_runs: state.inconsistent,
    })
  }
  if (path === '/v1/runs') return ok(pageOfRuns(state, query))
  const [, id = '', view] = /^\/v1\/runs\/([^/]+)\/(\w+)$/.exec(path) ?? []
  if (view) return answerRun(state, decodeURIComponent(id), view)
  const [, decisionId] = /^\/v1\/approvals\/decisions\/([^/]+)$/.exec(path) ?? []
  const [, eventId] = /^\/v1\/approvals\/([^/]+)$/.exec(path) ?? []
  const target = state.pending.find((each) =>
    decisionId === undefined
      ? each.event_id === eventId
      : each.decision_id === decodeURIComponent(decisionId),
  )
  if (method === 'POST') return resolve(state, target, call, tick)
  const decision = state.decisions.get(decodeURIComponent(decisionId ?? ''))
  return decision ? ok(decision) : refuse(404, 'APPROVAL_NOT_FOUND', 'Approval target not found')
}

function resolve(
  state: FakeState,
  target: PendingApproval | undefined,
  { body }: Call,
  tick: (runId: string) => void,
): Answer {
  if (!target) return refuse(409, 'DUPLICATE_APPROVAL', 'Approval already resolved')
  const { decision, approver_id, reason } = body as Record<string, string>
  state.pending = state.pending.filter((each) => each !== target)
  if (target.decision_id) {
    const settled = { resolved_by: approver_id ?? '', reason: reason ?? null }
    state.decisions.set(target.decision_id, settle(target, decision as 'approved', settled))
  }
  tick(target.run_id)
  return {
    status: 200,
    body: {
      status: 'resolved',
      event_id: `apr_${target.event_id}`,
      target_event_id: target.event_id,
      run_id: target.run_id,
      decision,
      resolved_at: new Date().toISOString(),
      run_status: decision === 'approved' ? 'approved' : 'stopped',
      votes: 1,
      required_approvals: 1,
    },
  }
}

function pageOfRuns({ runs }: FakeState, query: URLSearchParams): RunList {
  const status = query.get('status')
  const search = query.get('search') ?? ''
  const from = Number(query.get('cursor') ?? 0)
  const limit = Number(query.get('limit') ?? 50)
  const found = runs.filter((run) => (!status || run.status === status) && run.run_id.includes(search))
  const next = from + limit
  return { runs: found.slice(from, next), next_cursor: found.length > next ? String(next) : null }
}

function answerRun({ stories, runs, pending }: FakeState, runId: string, view: string): Answer {
  const story = stories.get(runId)
  if (!story) return refuse(404, 'RUN_NOT_FOUND', 'Run not found', `No events found for run '${runId}'`)
  const waiting = pending.find((each) => each.run_id === runId)
  const status = runs.find((run) => run.run_id === runId)?.status ?? 'running'
  if (status === 'inconsistent' && (view === 'journal' || view === 'status')) {
    const detail = 'approval_resolved encountered without pending approval'
    return refuse(409, 'INCONSISTENT_RUN_STATE', 'Run events contain inconsistent approval state', detail)
  }
  switch (view) {
    case 'journal':
      return { status: 200, body: story.journal }
    case 'events':
      return { status: 200, body: story.events }
    case 'status':
      return {
        status: 200,
        body: {
          run_id: runId,
          status: waiting ? 'paused' : status,
          pending_approval: waiting
            ? {
                event_id: waiting.event_id,
                requested_by: waiting.requested_by,
                requested_at: waiting.requested_at,
                reason: waiting.reason,
              }
            : null,
        },
      }
    default:
      return { status: 200, body: story.bundle, headers: { 'content-type': 'application/x-ndjson' } }
  }
}

/** An answer in the error envelope. */
export function refuse(status: number, code: string, message: string, detail = message): Answer {
  return {
    status,
    body: {
      error: { code, message, details: [{ path: '', message: detail, type: 'error', code }], rule_ids: [] },
    },
  }
}

function send(response: ServerResponse, { status, body, headers }: Answer): void {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store', ...headers })
  response.end(typeof body === 'string' ? body : JSON.stringify(body))
}

function sendFile(files: FakeServer['files'], path: string, response: ServerResponse): void {
  const file = /^(assets\/)?[\w.-]+\.(js|css|svg)$/.test(path) ? path : 'index.html'
  const content = files.get(file)
  response.writeHead(content ? 200 : 404, {
    'content-type': TYPES[extname(file)] ?? 'application/octet-stream',
    'content-security-policy': PAGE_POLICY,
    // As the real one does: built files carry a hash in their name.
    ...(file.startsWith('assets/') && { 'cache-control': 'public, max-age=31536000, immutable' }),
  })
  response.end(content)
}

async function readBody(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const text = Buffer.concat(chunks).toString()
  return text === '' ? undefined : JSON.parse(text)
}
