import { storageReadError } from '../../lib/errors.ts'
import type { Database } from '../../store/database.ts'
import type { Kernel } from '../context.ts'
import type { Ledger } from './ledger.ts'
import { type LedgerEvent, openCanon } from './seal-event.ts'

/** An event that another process wrote is told this late at most. */
const POLL_MS = 500

type Listener = (events: LedgerEvent[]) => void
type Source = Pick<Kernel, 'database' | 'ledger'>

/** What the listeners of one tenant share. It exists while there are any. */
type Feed = {
  listeners: Set<Listener>
  /** Those who listen, and those who are about to. */
  users: number
  /** Puts everything behind that has committed by now. */
  catchUp(): Promise<void>
  close(): void
}

/** By ledger, so that all who follow in one process share one look at the database. */
const feedsOf = new WeakMap<Ledger, Map<string, Feed>>()

/**
 * Tells a listener every event of a tenant that commits from here on, whichever process wrote it: each once, those of a
 * run in their order. Resolves once it listens, with how to stop.
 *
 * @throws AppError 500 STORAGE_READ_ERROR
 */
export async function joinFeed(source: Source, tenantId: string, listener: Listener): Promise<() => void> {
  const feeds = feedsOf.get(source.ledger) ?? new Map<string, Feed>()
  feedsOf.set(source.ledger, feeds)
  const feed = feeds.get(tenantId) ?? openFeed(source, tenantId)
  feeds.set(tenantId, feed)
  feed.users++
  let isIn = true
  const leave = () => {
    if (!isIn) return
    isIn = false
    feed.listeners.delete(listener)
    feed.users--
    if (feed.users > 0) return
    feeds.delete(tenantId)
    feed.close()
  }
  try {
    await feed.catchUp()
    feed.listeners.add(listener)
    return leave
  } catch (error) {
    leave()
    throw storageReadError(error)
  }
}

function openFeed(source: Source, tenantId: string): Feed {
  return source.database.kind === 'pglite' ? openOwnFeed(source, tenantId) : openPolledFeed(source, tenantId)
}

/** On a folder of its own a process writes everything itself, so there is nothing to look for. */
function openOwnFeed({ ledger }: Source, tenantId: string): Feed {
  const listeners = new Set<Listener>()
  const close = ledger.subscribe((events) => {
    const own = events.filter((event) => event.tenantId === tenantId)
    if (own.length === 0) return
    for (const listener of listeners) listener(own)
  })
  return { listeners, users: 0, catchUp: async () => {}, close }
}

/**
 * Where others may write too, the database alone says what is new: whatever its snapshot of now can see and the one
 * before could not. So nothing is told twice, and a transaction that commits late is found although its id is old. What
 * this process wrote only makes it look at once.
 */
function openPolledFeed({ database, ledger }: Source, tenantId: string): Feed {
  const listeners = new Set<Listener>()
  let isOpen = true
  let snapshot: string | null = null
  let timer: NodeJS.Timeout | undefined
  let current: Promise<void> = Promise.resolve()
  let next: Promise<void> | null = null

  /** One look at a time; whoever asks during one shares the next. */
  const look = (): Promise<void> => {
    next ??= current
      .catch(() => {})
      .then(() => {
        current = next!
        next = null
        return lookOnce()
      })
    return next
  }
  const lookOnce = async () => {
    clearTimeout(timer)
    try {
      if (!isOpen) return
      const found = await readSince(database, tenantId, snapshot)
      snapshot = found.snapshot
      if (found.events.length > 0) for (const listener of listeners) listener(found.events)
    } finally {
      if (isOpen) timer = setTimeout(lookQuietly, POLL_MS)
    }
  }
  /** One that fails leaves the snapshot where it was, so the next finds what this one did not. */
  const lookQuietly = () => void look().catch(() => {})

  const unsubscribe = ledger.subscribe((events) => {
    if (events.some((event) => event.tenantId === tenantId)) lookQuietly()
  })
  return {
    listeners,
    users: 0,
    catchUp: look,
    close() {
      isOpen = false
      clearTimeout(timer)
      unsubscribe()
    },
  }
}

type SinceRow = { snapshot: string; canon: Buffer | null; prev_hash: Buffer; hash: Buffer }

/** In order of recording, which within a run is the order of the chain; transaction ids are not. */
async function readSince(database: Database, tenantId: string, snapshot: string | null) {
  const rows = await database.transaction(tenantId, (session) =>
    session.query<SinceRow>(
      snapshot === null
        ? 'SELECT pg_current_snapshot()::text AS snapshot, NULL::bytea AS canon'
        : `SELECT pg_current_snapshot()::text AS snapshot, e.canon, e.prev_hash, e.hash
           FROM (SELECT) one LEFT JOIN events e ON e.tenant_id = $1 AND e.xid >= pg_snapshot_xmin($2::pg_snapshot)
             AND NOT pg_visible_in_snapshot(e.xid, $2::pg_snapshot)
           ORDER BY e.recorded_at, e.run_id, e.seq`,
      snapshot === null ? [] : [tenantId, snapshot],
    ),
  )
  const events = rows.flatMap((row) => (row.canon ? [openCanon(row.canon, row.prev_hash, row.hash)] : []))
  return { snapshot: rows[0]!.snapshot, events }
}
