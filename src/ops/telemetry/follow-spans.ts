import type { Kernel } from '../../kernel/context.ts'
import { readEventsAfter } from '../../kernel/ledger/read-run.ts'
import type { LedgerEvent } from '../../kernel/ledger/seal-event.ts'
import type { TellText } from './describe-calls.ts'
import { makeRoom } from './make-room.ts'
import { openRunTrace, type RunTrace } from './run-trace.ts'
import type { EndedSpan } from './span.ts'
import { takeEvent } from './take-event.ts'

/** More than this waits for nobody: the memory belongs to the runs. */
const MOST_WAITING = { number: 20_000, bytes: 64 * 1024 * 1024 }
/** Runs that are remembered between their events; others are read again when they go on. */
const MAX_RUNS = 1_000
const PAGE = 500
/** After so many events others get their turn. */
const SLICE = 64

export type SpanFollower = {
  /** Resolves when all that was written until now is told. */
  drain(): Promise<void>
  stop(): void
}

type Following = {
  /** Whether the trace of a run is wanted. */
  isSampled(runId: string): boolean
  tell: TellText
  onSpans(spans: EndedSpan[]): void
}

/**
 * Makes spans of what this process writes to the ledger, after it was written and beside the work. Each event is written
 * by one process, so each span is told once; what others wrote of a run is read where it is needed to know a span's
 * beginning. Whatever goes wrong here is said once and costs spans, never a run.
 */
export function followSpans(
  { ledger, database, log }: Pick<Kernel, 'ledger' | 'database' | 'log'>,
  { isSampled, tell, onSpans }: Following,
): SpanFollower {
  const traces = new Map<string, RunTrace>()
  let waiting: LedgerEvent[] = []
  const room = makeRoom(MOST_WAITING)
  let working: Promise<void> | null = null
  let complained = false

  function complain(reason: string): void {
    if (complained) return
    complained = true
    log.warn({ reason }, 'spans were lost; runs are not affected, and this is said once')
  }

  const unsubscribe = ledger.subscribe((events) => {
    for (const event of events) {
      if (SILENT.has(event.kind) && !traces.has(keyOf(event))) continue
      if (!isSampled(event.runId)) continue
      if (room.take(event.canon.length)) waiting.push(event)
      else complain('more is written than can be traced')
    }
    if (waiting.length > 0) working ??= work()
  })

  async function work(): Promise<void> {
    while (waiting.length > 0) {
      // The commit that told of this is answered first.
      await new Promise((resolve) => setImmediate(resolve))
      const slice = waiting.slice(0, SLICE)
      waiting = waiting.slice(SLICE)
      for (const event of slice) {
        room.free(event.canon.length)
        try {
          const spans = await take(event)
          if (spans.length > 0) onSpans(spans)
        } catch (error) {
          traces.delete(keyOf(event))
          complain((error as Error).message)
        }
      }
    }
    working = null
  }

  async function take(event: LedgerEvent): Promise<EndedSpan[]> {
    const key = keyOf(event)
    const trace = await traceBefore(event, key)
    const spans = takeEvent(trace, event, tell)
    // The one that was in use last stands last.
    traces.delete(key)
    if (!ENDS_RUN.has(event.kind)) traces.set(key, trace)
    if (traces.size > MAX_RUNS) traces.delete(traces.keys().next().value!)
    return spans
  }

  /** The run as it stood before an event. Who wrote the events between makes spans of them. */
  async function traceBefore(event: LedgerEvent, key: string): Promise<RunTrace> {
    const { tenantId, runId, seq } = event
    const remembered = traces.get(key)
    const trace = remembered && remembered.seq < seq ? remembered : openRunTrace(tenantId, runId)
    while (trace.seq < seq - 1) {
      const page = await readEventsAfter(
        database,
        tenantId,
        runId,
        trace.seq,
        Math.min(PAGE, seq - 1 - trace.seq),
      )
      if (page.length === 0) throw new Error(`run ${runId} has no event ${trace.seq + 1}`)
      for (const earlier of page) takeEvent(trace, earlier, null)
    }
    return trace
  }

  return {
    async drain() {
      while (working) await working
    },
    stop: unsubscribe,
  }
}

const keyOf = ({ tenantId, runId }: LedgerEvent) => `${tenantId}\n${runId}`

const ENDS_RUN: ReadonlySet<string> = new Set(['run_completed', 'run_failed', 'run_cancelled'])

/** What no span tells of: a run of nothing else is never looked at. */
const SILENT: ReadonlySet<string> = new Set([
  'receipt_ingested',
  'receipt_recorded',
  'audit_recorded',
  'execution_token_minted',
  'child_run_spent',
])
