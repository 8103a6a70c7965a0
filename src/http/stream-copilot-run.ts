import type { FastifyReply, FastifyRequest } from 'fastify'
import { readCopilotSummary } from '../apps/copilot/runs/read-summary.ts'
import type { CopilotStatus } from '../apps/copilot/runs/schema.ts'
import { stepsToldBy } from '../apps/copilot/runs/told-steps.ts'
import { STEP_NAMES } from '../apps/copilot/workflow.ts'
import { followRun } from '../kernel/ledger/follow-events.ts'
import type { LedgerEvent } from '../kernel/ledger/seal-event.ts'
import { engineContextFor } from './engine-context.ts'
import type { HttpContext } from './http-context.ts'
import { openEventStream } from './open-event-stream.ts'

const ENDED: ReadonlySet<CopilotStatus> = new Set([
  'CONFIRMED',
  'REVERTED',
  'FAILED',
  'REJECTED',
  'BLOCKED',
  'NOOP',
])
/** Kinds after which a run may be somewhere else. */
const MOVES = new Set([
  'run_started',
  'run_paused',
  'run_resumed',
  'run_completed',
  'run_failed',
  'run_cancelled',
  'event_received',
])

/**
 * The steps of a run of the copilot and where it stands, those that were and those to come: `run_step` and `run_status`.
 * Last-Event-ID goes on behind it; the stream ends when the run has.
 *
 * @throws AppError 404 RUN_NOT_FOUND
 */
export async function streamCopilotRun(
  request: FastifyRequest,
  reply: FastifyReply,
  http: HttpContext,
  runId: string,
): Promise<void> {
  const context = engineContextFor(request, http)
  const { kernel } = context.engine
  const { row, lastSeq: known, status: first } = await readCopilotSummary(context, runId)
  const closed = new AbortController()
  const sent = Number(request.headers['last-event-id'] ?? 0)
  const afterSeq = Number.isSafeInteger(sent) && sent > 0 ? sent : 0
  const events = await followRun(kernel, context.principal.tenantId, row.run_id, {
    afterSeq,
    signal: closed.signal,
  })
  const stream = openEventStream(request, reply, http, closed)
  let told: CopilotStatus | null = null
  const tellStatus = async (id?: number) => {
    const { status } = await readCopilotSummary(context, runId)
    if (status === told) return
    told = status
    stream.send({ ...(id !== undefined && { id }), name: 'run_status', data: { runId, status } })
  }
  try {
    if (known === 0) await tellStatus()
    if (ENDED.has(first) && afterSeq >= known) {
      await tellStatus()
      return
    }
    for await (const event of events) {
      const replay = event.seq <= known
      for (const step of stepsOf(event)) {
        const data = { runId, ...step, timestamp: event.occurredAt, eventId: event.eventId, replay }
        if (!stream.send({ id: event.seq, name: 'run_step', data })) return
      }
      // What was is over: only where the run stands now is told.
      if (event.seq < known) continue
      if (event.seq === known || MOVES.has(event.kind)) await tellStatus(event.seq)
      if (told !== null && ENDED.has(told)) return
    }
  } catch (error) {
    request.log.info({ error: (error as Error).message }, 'a stream ended')
  } finally {
    stream.end()
  }
}

type StreamedStep = { step: string; status: string; summary: string }

function stepsOf(event: LedgerEvent): StreamedStep[] {
  if (event.kind !== 'step_started' && event.kind !== 'step_completed' && event.kind !== 'step_failed') {
    return stepsToldBy(event).map(({ step_name: step, status, error }) => ({
      step,
      status,
      summary: error ?? '',
    }))
  }
  const { node_id: node } = event.payload
  const step = STEP_NAMES[node as keyof typeof STEP_NAMES] as string | undefined
  if (step === undefined) return []
  if (event.kind === 'step_failed') return [{ step, status: 'FAILED', summary: event.payload.error }]
  if (event.kind === 'step_started') return [{ step, status: 'STARTED', summary: '' }]
  const { timeline } = Object(event.payload.output) as { timeline?: { summary?: string } }
  return [{ step, status: 'DONE', summary: timeline?.summary ?? '' }]
}
