import type { EventContent } from '../../kernel/ledger/event-kinds.ts'
import { activeMs, type ExecutionState, evolveExecution } from '../../kernel/ledger/execution-state.ts'
import type { LedgerTransaction } from '../../kernel/ledger/ledger.ts'
import { readEventsAfter } from '../../kernel/ledger/read-run.ts'
import type { LedgerEvent, NewEvent, RunHead } from '../../kernel/ledger/seal-event.ts'
import type { CompiledPolicySet } from '../../kernel/policy/compile-policies.ts'
import { type Principal, SYSTEM_ACTOR } from '../../kernel/schema.ts'
import type { Json } from '../../lib/canonical-json.ts'
import { AppError } from '../../lib/errors.ts'
import { newId } from '../../lib/ids.ts'
import { parseTimestamp, timestampNotBefore } from '../../lib/timestamp.ts'
import { openRecording } from '../models/record-replay.ts'
import type { Graph } from '../workflows/graph.ts'
import type { Engine } from './engine.ts'
import { evolveProgress } from './evolve-progress.ts'
import type { Progress } from './progress.ts'

/** Another process or a person moved the run on: whoever gets this lets go of it. */
export class FencedError extends Error {
  override readonly name = 'FencedError'
}

/** Something was added to the run since it was read: it must be looked at before going on. */
export class NewsError extends Error {
  override readonly name = 'NewsError'
}

/**
 * A run from now until it waits or ends, driven by this process under one epoch. What happens is recorded in memory at
 * once and committed at the next point that must be durable: before an effect, and when the run pauses or ends.
 */
export type Segment = {
  engine: Engine
  tenantId: string
  runId: string
  principal: Principal
  graph: Graph
  progress: Progress
  /** What expressions read as `$context`. */
  context: Json
  /** Aborts when the run is cancelled, its time is up or the process stops. */
  signal: AbortSignal
  abort(reason: string): void
  execution(): ExecutionState
  now(): string
  record(...contents: EventContent[]): void
  /** Resolves when all that was recorded is durable. @throws FencedError */
  commit(): Promise<void>
  /** Commits what was recorded, and `more`, with what else changes in the same transaction. @throws NewsError */
  commitWith(
    more: EventContent[],
    also: (transaction: LedgerTransaction, events: LedgerEvent[]) => Promise<void>,
  ): Promise<void>
  /**
   * The same, whatever the run was told meanwhile. What `also` refuses is not written, and did not happen. It is given
   * the run as the head has it, which knows what children drew: without `more`, and with it.
   */
  commitBeside(
    more: EventContent[],
    also: (transaction: LedgerTransaction, execution: BeforeAndAfter) => Promise<void>,
  ): Promise<void>
  /** Takes in what others added to the run; false when there was nothing. */
  readNews(): Promise<boolean>
  policySet(): Promise<CompiledPolicySet>
  /** Shared by the model calls of this segment, where they are recorded or replayed. */
  recording: ReturnType<typeof openRecording> | null
  activeMs(): number
  /** Text of an answer while it comes, for whoever listens. */
  onText: ((text: string) => void) | null
}

type Recorded = { content: EventContent; at: string }
type BeforeAndAfter = { before: ExecutionState; after: ExecutionState }

export type SegmentStart = {
  engine: Engine
  tenantId: string
  runId: string
  principal: Principal
  graph: Graph
  progress: Progress
  context: Json
  /** How the run stands in the log: null for one that begins. */
  execution: ExecutionState | null
  seq: number
}

export function openSegment(start: SegmentStart): Segment {
  const { engine, tenantId, runId, graph, progress, principal } = start
  const { ledger, clock, database, policySets } = engine.kernel
  const controller = new AbortController()
  const signal = AbortSignal.any([controller.signal, engine.stopping])
  let execution = start.execution
  let knownSeq = start.seq
  let knownDraws = start.execution?.draws ?? 0
  let epoch = execution?.epoch ?? 0
  let opened = false
  let buffer: Recorded[] = []
  let committing = Promise.resolve()
  /** Why a part of what was recorded could not be written: nothing that came after it may be. */
  let lost: unknown = null

  const now = () => new Date(clock.now()).toISOString()
  const take = (content: EventContent, at: string) => {
    execution = evolveExecution(execution, content, at)
    evolveProgress(graph, progress, content, at)
  }

  /** How many events stand in the log that were not taken in, but for those that only tell what children drew. */
  const newsIn = (head: RunHead) => head.seq - drawsIn(head) - (knownSeq - knownDraws)

  /** The first commit of a segment must meet the run as it was read; later ones only our own epoch. */
  function fence(head: RunHead, exact: boolean): void {
    const found = head.state.execution
    if (!opened) {
      if (newsIn(head) !== 0)
        throw new FencedError(`run ${runId} moved on from event ${knownSeq} to ${head.seq}`)
      return
    }
    if (found?.epoch !== epoch || found.status !== 'running') {
      throw new FencedError(
        `run ${runId} is ${found?.status} in epoch ${found?.epoch}, this is epoch ${epoch}`,
      )
    }
    if (exact && newsIn(head) !== 0) throw new NewsError(`run ${runId} was told something`)
  }

  function toEvents(recorded: Recorded[], head: RunHead): NewEvent[] {
    let newest = head.newestNs
    return recorded.map(({ content, at }) => {
      const moment = timestampNotBefore(Date.parse(at), newest)
      newest = moment.ns
      return { ...content, eventId: newId('evt'), occurredAt: moment.iso, actor: actorOf(content, principal) }
    })
  }

  function wrote(events: LedgerEvent[], behind: RunHead): void {
    if (events.length === 0) return
    // Others may have written in between; what they did is read at the next pause.
    if (newsIn(behind) === 0) {
      knownSeq = behind.seq + events.length
      knownDraws = drawsIn(behind)
    }
    opened = true
    epoch = execution!.epoch
  }

  async function flush(): Promise<void> {
    if (buffer.length === 0) return
    if (lost) throw lost
    const batch = buffer
    buffer = []
    let cancelled = false
    let behind: RunHead
    const decide = (head: RunHead) => {
      behind = head
      cancelled = isCancelled(head)
      if (!cancelled) fence(head, false)
      return toEvents(cancelled ? batch.filter(({ content }) => isResult(content)) : batch, head)
    }
    const hints = { isNew: start.execution === null && !opened, events: batch.length }
    const append = ledger.append(tenantId, runId, decide, hints)
    const events = await append.catch((error) => {
      lost = error
      throw error
    })
    if (cancelled) throw new FencedError(`run ${runId} was cancelled`)
    wrote(events, behind!)
  }

  /** One commit follows the other, so that events stand in the order in which they were recorded. */
  function inTurn(write: () => Promise<void>): Promise<void> {
    const next = committing.then(write)
    committing = next.catch(() => {})
    return next
  }

  /** Commits what was recorded, and `more`, in one transaction with what else changes. */
  async function writeWith(
    more: EventContent[],
    exact: boolean,
    also: (transaction: LedgerTransaction, events: LedgerEvent[], execution: BeforeAndAfter) => Promise<void>,
  ): Promise<void> {
    if (lost) throw lost
    const at = now()
    const recorded = buffer
    const added = more.map((content) => ({ content, at }))
    buffer = []
    let behind: RunHead
    let refusal: unknown = null
    const write = ledger.transaction(tenantId, async (transaction) => {
      const appended = await transaction.append(runId, (head) => {
        behind = head
        try {
          fence(head, exact)
        } catch (error) {
          refusal = error
          throw error
        }
        return toEvents([...recorded, ...added], head)
      })
      const before = recorded.reduce(evolve, behind.state.execution ?? null)
      const after = added.reduce(evolve, before)
      await also(transaction, appended, { before: before!, after: after! })
      return appended
    })
    const events = await write.catch((error) => {
      const refused = refusal !== null || (error instanceof AppError && error.status < 500)
      // Where it may have been written after all, only what pauses or ends a run keeps it from being written twice.
      if (refused || exact) buffer = [...recorded, ...buffer]
      else lost = error
      // The ledger takes what it does not know for a fault of the storage.
      throw refusal ?? error
    })
    for (const content of more) take(content, at)
    wrote(events, behind!)
  }

  /** What was under way when somebody cancelled the run has happened all the same: how it ended is still recorded. */
  const isCancelled = ({ state: { execution: found } }: RunHead) =>
    opened && found?.epoch === epoch && found.status === 'cancelled'

  const segment: Segment = {
    engine,
    tenantId,
    runId,
    principal,
    graph,
    progress,
    context: start.context,
    signal,
    abort: (reason) => controller.abort(new Error(reason)),
    execution: () => execution!,
    now,
    record(...contents) {
      const at = now()
      for (const content of contents) {
        take(content, at)
        buffer.push({ content, at })
      }
    },
    commit: () => inTurn(flush),
    commitWith: (more, also) => inTurn(() => writeWith(more, true, also)),
    commitBeside: (more, also) =>
      inTurn(() => writeWith(more, false, (transaction, _, execution) => also(transaction, execution))),
    async readNews() {
      const news = await readEventsAfter(database, tenantId, runId, knownSeq, 10_000)
      let told = false
      for (const event of news) {
        knownSeq = event.seq
        if (event.kind === 'child_run_spent') knownDraws++
        if (!FROM_OTHERS.has(event.kind)) continue
        take(event, event.occurredAt)
        told = true
      }
      return told
    },
    policySet: () => policySets.current(tenantId),
    activeMs: () => activeMs(execution!, now()),
    recording: engine.recordings && openRecording(engine.recordings.store),
    onText: null,
  }
  return segment
}

const evolve = (state: ExecutionState | null, { content, at }: Recorded) =>
  evolveExecution(state, content, at)

const drawsIn = ({ state }: RunHead) => state.execution?.draws ?? 0

/** Whether it is only the time of a step that is over: its run goes on. */
export const isTimeOfStep = ({ aborted, reason }: AbortSignal): boolean =>
  aborted && reason instanceof DOMException && reason.name === 'TimeoutError'

const isResult = ({ kind }: EventContent) => kind === 'tool_call' || kind === 'llm_call'

/** What is written into a run that this process drives, but not by the driver: what it is told, and answers of people. */
const FROM_OTHERS: ReadonlySet<string> = new Set([
  'event_received',
  'approval_vote_cast',
  'approval_resolved',
  'approval_expired',
])

/** Who an event is of: the person or key that started or moved the run, else the engine itself. */
function actorOf(content: EventContent, principal: Principal): string {
  switch (content.kind) {
    case 'run_started':
    case 'decision_recorded':
      return principal.id
    case 'run_resumed':
      return content.payload.by
    case 'llm_call_intended':
    case 'llm_call':
      return `agent:${content.payload.agent_id}`
    default:
      return SYSTEM_ACTOR
  }
}

/** Milliseconds since 1970 of a timestamp as events carry it. */
export function millisecondsOf(at: string): number {
  const timestamp = parseTimestamp(at)
  return typeof timestamp === 'object' ? Number(timestamp.ns / 1_000_000n) : Number.NaN
}
