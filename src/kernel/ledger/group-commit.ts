import { setImmediate as nextTurn } from 'node:timers/promises'
import { AppError, storageWriteError } from '../../lib/errors.ts'
import type { Database } from '../../store/database.ts'
import type { HeadCache } from './head-cache.ts'
import type { Owner } from './project-run-rows.ts'
import { emptyHead, type LedgerEvent, type RunHead } from './seal-event.ts'
import { snapshotIfDue } from './snapshot-run.ts'
import { type Decide, duplicateEvent, stageEvents } from './stage-events.ts'
import { lockHead, readHeads, type StagedRun, writeEvents } from './write-events.ts'

/**
 * How many commits of a tenant may be under way, and how many events share one, about. While one is on its way to disk
 * the next is sealed: with 64 runs in flight 1,450 runs a second, 1,130 with one commit of all. The embedded database has
 * one session only.
 */
const PACE = { postgres: { lanes: 3, events: 200 }, pglite: { lanes: 1, events: 1000 } }
export const MAX_ATTEMPTS = 8

/** Somebody who appends, until the answer. */
type Waiting = {
  runId: string
  decide: Decide
  resolve: (events: LedgerEvent[]) => void
  reject: (error: unknown) => void
} & Required<AppendHints>

/** What the caller knows already. Nothing but speed rests on it. */
export type AppendHints = {
  /** The run is not looked for first. Where it exists after all, the write finds that out. */
  isNew?: boolean
  /** About how many events there will be. */
  events?: number
}

/** Of one tenant: who waits, the runs that are written to at the moment, and by how many commits. */
type Queue = { waiting: Waiting[]; busy: Set<string>; lanes: number }

type GroupCommit = {
  database: Database
  cache: HeadCache
  owner: Owner
  recordedAt(): string
  /** Told of all that a commit wrote. */
  announce(events: LedgerEvent[]): void
  /** Events older than their run's newest need more than one statement. */
  appendLate(tenantId: string, runId: string, decide: Decide): Promise<LedgerEvent[]>
}

/** Appends of one tenant that come together share one commit. Answers what queues one. */
export function createGroupCommit({ database, cache, owner, recordedAt, announce, appendLate }: GroupCommit) {
  const queues = new Map<string, Queue>()
  const pace = PACE[database.kind]

  async function drain(tenantId: string, queue: Queue): Promise<void> {
    for (;;) {
      const batch = takeBatch(queue, pace.events)
      if (batch.length === 0) break
      for (const { runId } of batch) queue.busy.add(runId)
      await commit(tenantId, batch, new Set(), 0)
      for (const { runId } of batch) queue.busy.delete(runId)
      // Whoever was answered just now and appends again shares the next commit.
      await nextTurn()
    }
    queue.lanes--
    if (queue.lanes === 0) queues.delete(tenantId)
  }

  /**
   * Decides each item in memory against the head as the items before it left it. Nobody is answered here: only once
   * the write succeeded is it sure that the heads were the newest ones.
   */
  function stage(
    tenantId: string,
    items: Waiting[],
    heads: Map<string, RunHead>,
    knownDuplicates: Set<string>,
  ) {
    const runs = new Map<string, StagedRun>()
    const accepted: { item: Waiting; events: LedgerEvent[] }[] = []
    const refused: { item: Waiting; error: unknown }[] = []
    const late: Waiting[] = []
    const at = recordedAt()
    const taken = new Set(knownDuplicates)
    for (const item of items) {
      try {
        const staged = stageEvents(tenantId, heads.get(item.runId)!, item.decide, at)
        const twice = staged.events.find((event) => taken.has(keyOf(event.runId, event.eventId)))
        if (twice) throw duplicateEvent(item.runId, twice.eventId)
        if (staged.late) {
          late.push(item)
          continue
        }
        for (const event of staged.events) taken.add(keyOf(event.runId, event.eventId))
        accepted.push({ item, events: staged.events })
        if (staged.events.length === 0) continue
        const run = runs.get(item.runId)
        runs.set(item.runId, {
          base: run?.base ?? heads.get(item.runId)!.hash,
          head: staged.head,
          events: (run?.events ?? []).concat(staged.events),
        })
        heads.set(item.runId, staged.head)
      } catch (error) {
        refused.push({ item, error })
      }
    }
    return { runs: [...runs.values()], accepted, refused, late }
  }

  async function commit(
    tenantId: string,
    items: Waiting[],
    knownDuplicates: Set<string>,
    attempt: number,
  ): Promise<void> {
    const runIds = [...new Set(items.map(({ runId }) => runId))]
    try {
      const staged = attempt === 0 ? await commitOnCachedHeads() : await commitOnLockedHeads()
      for (const { head } of staged.runs) cache.set(tenantId, head)
      for (const { item, events } of staged.accepted) item.resolve(events)
      announce(staged.accepted.flatMap(({ events }) => events))
      for (const run of staged.runs) void snapshotIfDue(database, tenantId, run)
      // Late events read a part of their run: nobody else waits for that.
      for (const item of staged.late) {
        void appendLate(tenantId, item.runId, item.decide).then(item.resolve, item.reject)
      }
      await answerRefused(staged.refused, staged.cached)
    } catch (error) {
      for (const runId of runIds) cache.drop(tenantId, runId)
      await recover(error as Error & { code?: string })
    }

    async function commitOnCachedHeads() {
      const heads = new Map<string, RunHead>()
      const missing: string[] = []
      const begun = new Set(items.filter(({ isNew }) => isNew).map(({ runId }) => runId))
      for (const runId of runIds) {
        const head = cache.get(tenantId, runId) ?? (begun.has(runId) ? emptyHead(runId) : null)
        if (head) heads.set(runId, head)
        else missing.push(runId)
      }
      const cached = new Set(heads.keys())
      if (missing.length > 0) {
        for (const head of await readHeads(database.statement, tenantId, missing)) heads.set(head.runId, head)
        for (const runId of missing) if (!heads.has(runId)) heads.set(runId, emptyHead(runId))
      }
      const staged = stage(tenantId, items, heads, knownDuplicates)
      if (staged.runs.length > 0) await writeEvents(database.statement, tenantId, staged.runs, owner)
      return { ...staged, cached }
    }

    function commitOnLockedHeads() {
      return database.transaction(tenantId, async (session) => {
        const heads = new Map<string, RunHead>()
        const ordered = runIds.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
        for (const runId of ordered) heads.set(runId, await lockHead(session, tenantId, runId))
        const staged = stage(tenantId, items, heads, knownDuplicates)
        if (staged.runs.length > 0) await writeEvents(session.query, tenantId, staged.runs, owner)
        return { ...staged, cached: new Set<string>() }
      })
    }

    /** A refusal that rests on a cached head may rest on an old one: it is decided again on the head as read now. */
    async function answerRefused(refused: { item: Waiting; error: unknown }[], cached: Set<string>) {
      const doubtful: Waiting[] = []
      for (const { item, error } of refused) {
        if (cached.has(item.runId) && !isDuplicate(error)) doubtful.push({ ...item, isNew: false })
        else item.reject(error)
      }
      if (doubtful.length === 0) return
      for (const { runId } of doubtful) cache.drop(tenantId, runId)
      await commit(tenantId, doubtful, knownDuplicates, 0)
    }

    async function recover(error: Error & { code?: string }) {
      if (attempt < MAX_ATTEMPTS && isConflict(error))
        return commit(tenantId, items, knownDuplicates, attempt + 1)
      if (attempt < MAX_ATTEMPTS && error.code === '23505') {
        const known = await findKnownEvents(tenantId, runIds, items).catch(() => null)
        if (known && known.size > 0)
          return commit(tenantId, items, new Set([...knownDuplicates, ...known]), attempt + 1)
      }
      if (items.length > 1 && /^2[23]/.test(error.code ?? '')) {
        const middle = items.length >> 1
        await commit(tenantId, items.slice(0, middle), knownDuplicates, 0)
        return commit(tenantId, items.slice(middle), knownDuplicates, 0)
      }
      for (const item of items) item.reject(storageWriteError(error))
    }
  }

  /** Which of the ids that the items would write stand in the log already. */
  async function findKnownEvents(tenantId: string, runIds: string[], items: Waiting[]): Promise<Set<string>> {
    const heads = new Map(
      (await readHeads(database.statement, tenantId, runIds)).map((head) => [head.runId, head]),
    )
    const wanted = items.flatMap((item) => {
      try {
        return item.decide(heads.get(item.runId) ?? emptyHead(item.runId)).map(({ eventId }) => eventId)
      } catch {
        return []
      }
    })
    return database.transaction(tenantId, async (session) => {
      const rows = await session.query<{ run_id: string; event_id: string }>(
        'SELECT run_id, event_id FROM events WHERE tenant_id = $1 AND event_id = ANY ($2) AND run_id = ANY ($3)',
        [tenantId, wanted, runIds],
      )
      return new Set(rows.map((row) => keyOf(row.run_id, row.event_id)))
    })
  }

  return function enqueue(
    tenantId: string,
    runId: string,
    decide: Decide,
    { isNew = false, events = 1 }: AppendHints = {},
  ): Promise<LedgerEvent[]> {
    return new Promise((resolve, reject) => {
      const queue = queues.get(tenantId) ?? { waiting: [], busy: new Set(), lanes: 0 }
      queues.set(tenantId, queue)
      queue.waiting.push({ runId, decide, resolve, reject, isNew, events })
      if (queue.lanes === pace.lanes) return
      queue.lanes++
      // What arrives in the same tick shares the first commit; what arrives during a commit shares the next.
      setImmediate(() => void drain(tenantId, queue))
    })
  }
}

/** What waits, in order, but for runs that a commit under way is writing to: theirs stays for the next one. */
function takeBatch(queue: Queue, maxEvents: number): Waiting[] {
  const batch: Waiting[] = []
  const left: Waiting[] = []
  let events = 0
  for (const item of queue.waiting) {
    if (queue.busy.has(item.runId) || events >= maxEvents) left.push(item)
    else {
      batch.push(item)
      events += item.events
    }
  }
  queue.waiting = left
  return batch
}

const isDuplicate = (error: unknown) => error instanceof AppError && error.code === 'DUPLICATE_EVENT_ID'

const keyOf = (runId: string, eventId: string) => `${runId}\n${eventId}`

/** Another writer moved a head (CS001), or the database asks to try again (deadlock, serialisation). */
export const isConflict = (error: { code?: string }) => ['CS001', '40P01', '40001'].includes(error.code ?? '')
