import type { Clock } from '../../lib/clock.ts'
import { AppError, storageReadError, storageWriteError } from '../../lib/errors.ts'
import { newId } from '../../lib/ids.ts'
import type { Database, Session } from '../../store/database.ts'
import { type AppendHints, createGroupCommit, isConflict, MAX_ATTEMPTS } from './group-commit.ts'
import { createHeadCache } from './head-cache.ts'
import type { Owner } from './project-run-rows.ts'
import type { LedgerEvent, RunHead } from './seal-event.ts'
import { type Decide, duplicateEvent, refoldRun, type Staged, stageEvents } from './stage-events.ts'
import { lockHead, readHeads, writeEvents } from './write-events.ts'

/** A transaction in which state that an event tells of commits together with the event. */
export type LedgerTransaction = Session & {
  /** Locks the run and tells its head. */
  lockHead(runId: string): Promise<RunHead>
  /** Appends behind the locked head; several appends of one transaction follow each other. */
  append(runId: string, decide: Decide): Promise<LedgerEvent[]>
}

export type Ledger = {
  /**
   * Checks and appends in one atomic step per run. Callers that come together share one commit; one that is refused
   * writes nothing and harms no neighbour.
   *
   * @throws AppError whatever `decide` refuses with, DUPLICATE_EVENT_ID, or STORAGE_WRITE_ERROR. After the latter the
   * outcome is unknown: send the same event id again.
   */
  append(tenantId: string, runId: string, decide: Decide, hints?: AppendHints): Promise<LedgerEvent[]>
  /** Runs `work` in one transaction; when another writer was quicker, runs it again from the start. */
  transaction<T>(tenantId: string, work: (transaction: LedgerTransaction) => Promise<T>): Promise<T>
  /** The head of a run, or null when it has no events. */
  readHead(tenantId: string, runId: string): Promise<RunHead | null>
  /** Tells of every event after it committed. Returns how to stop. */
  subscribe(listener: (events: LedgerEvent[]) => void): () => void
}

/** For the runs at work. Reading another head is one statement, and runs that wait for months shall cost no memory. */
const CACHED_HEADS = 2_000

/** Opens the log on a database. One per process, which `owner` names; other processes may write to it too. */
export function createLedger(database: Database, clock: Clock, owner: Owner = newId('process')): Ledger {
  const cache = createHeadCache(CACHED_HEADS)
  const listeners = new Set<(events: LedgerEvent[]) => void>()
  const recordedAt = () => new Date(clock.now()).toISOString()

  /** What was committed stays committed: a listener that fails is its own concern. */
  const announce = (events: LedgerEvent[]) => {
    if (events.length === 0) return
    for (const listener of listeners) {
      try {
        listener(events)
      } catch {
        listeners.delete(listener)
      }
    }
  }

  /** A unique violation may be an event id that is known already: then it is refused as such. */
  async function refuseKnownEvents(tenantId: string, events: LedgerEvent[]): Promise<void> {
    const [known] = await database.transaction(tenantId, (session) =>
      session.query<{ run_id: string; event_id: string }>(
        `SELECT run_id, event_id FROM events JOIN unnest($2::text[], $3::text[]) AS wanted (run_id, event_id)
         USING (run_id, event_id) WHERE tenant_id = $1 LIMIT 1`,
        [tenantId, events.map(({ runId }) => runId), events.map(({ eventId }) => eventId)],
      ),
    )
    if (known) throw duplicateEvent(known.run_id, known.event_id)
  }

  async function writeLocked(session: Session, tenantId: string, base: RunHead, staged: Staged) {
    const { runId } = base
    if (staged.late) {
      staged.head.state = await refoldRun(session, tenantId, runId, staged.events)
      const earliest = staged.events.map(({ occurredNs }) => occurredNs).reduce((a, b) => (a < b ? a : b))
      await session.query(
        'DELETE FROM run_snapshots WHERE tenant_id = $1 AND run_id = $2 AND newest_ns > $3',
        [tenantId, runId, earliest.toString()],
      )
    }
    await writeEvents(
      session.query,
      tenantId,
      [{ base: base.hash, head: staged.head, events: staged.events }],
      owner,
    )
  }

  const ledger: Ledger = {
    append: createGroupCommit({
      database,
      cache,
      owner,
      recordedAt,
      announce,
      appendLate: (tenantId, runId, decide) =>
        ledger.transaction(tenantId, (transaction) => transaction.append(runId, decide)),
    }),

    async transaction<T>(tenantId: string, work: (transaction: LedgerTransaction) => Promise<T>): Promise<T> {
      for (let attempt = 0; ; attempt++) {
        const appended: LedgerEvent[] = []
        const locked = new Map<string, RunHead>()
        try {
          const result = await database.transaction(tenantId, (session) => {
            const lock = async (runId: string) => {
              const head = locked.get(runId) ?? (await lockHead(session, tenantId, runId))
              // A run without events has no row that could be locked: it is looked for again.
              if (head.seq > 0) locked.set(runId, head)
              return head
            }
            return work({
              query: session.query,
              lockHead: lock,
              async append(runId, decide) {
                const base = await lock(runId)
                const staged = stageEvents(tenantId, base, decide, recordedAt())
                if (staged.events.length === 0) return []
                appended.push(...staged.events)
                await writeLocked(session, tenantId, base, staged)
                locked.set(runId, staged.head)
                return staged.events
              },
            })
          })
          for (const head of locked.values()) cache.set(tenantId, head)
          announce(appended)
          return result
        } catch (error) {
          for (const { runId } of appended) cache.drop(tenantId, runId)
          if (error instanceof AppError) throw error
          const { code = '' } = error as { code?: string }
          if (code === '23505') await refuseKnownEvents(tenantId, appended)
          if (attempt >= MAX_ATTEMPTS || !isConflict({ code })) throw storageWriteError(error)
        }
      }
    },

    async readHead(tenantId, runId) {
      try {
        const [head] = await readHeads(database.statement, tenantId, [runId])
        return head ?? null
      } catch (error) {
        throw storageReadError(error)
      }
    },

    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
  return ledger
}
