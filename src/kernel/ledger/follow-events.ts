import type { Kernel } from '../context.ts'
import { joinFeed } from './event-feed.ts'
import { readEventsAfter } from './read-run.ts'
import type { LedgerEvent } from './seal-event.ts'

/** A reader that is further behind than this has to begin anew: it would fill the memory. */
const MAX_BEHIND = 10_000
const PAGE = 500

type Source = Pick<Kernel, 'database' | 'ledger'>

/**
 * Every event of a tenant that commits once this has resolved, by any process on the same database: each once, those of
 * a run in their order. Ends with the signal; throws where its reader falls too far behind.
 *
 * @throws AppError 500 STORAGE_READ_ERROR
 */
export async function followEvents(
  source: Source,
  tenantId: string,
  { signal }: { signal: AbortSignal },
): Promise<AsyncIterable<LedgerEvent>> {
  const inbox = await openInbox(source, tenantId, () => true, signal)
  return inbox.events
}

/**
 * The events of one run behind a number: those that stand in the log, then those to come. Going on after an
 * interruption is following from the last number that was seen.
 *
 * @throws AppError 500 STORAGE_READ_ERROR
 */
export async function followRun(
  source: Source,
  tenantId: string,
  runId: string,
  { afterSeq, signal }: { afterSeq: number; signal: AbortSignal },
): Promise<AsyncIterable<LedgerEvent>> {
  // Listening comes before reading, or what commits between the two would be missed.
  const inbox = await openInbox(source, tenantId, (event) => event.runId === runId, signal)
  const readAfter = (seq: number) => readEventsAfter(source.database, tenantId, runId, seq, PAGE)
  return tellRun(inbox, readAfter, afterSeq, signal)
}

async function* tellRun(
  inbox: Inbox,
  readAfter: (seq: number) => Promise<LedgerEvent[]>,
  afterSeq: number,
  signal: AbortSignal,
): AsyncGenerator<LedgerEvent> {
  let seq = afterSeq
  async function* readOn(): AsyncGenerator<LedgerEvent> {
    for (let read = PAGE; read === PAGE && !signal.aborted; ) {
      const page = await readAfter(seq)
      read = page.length
      for (const event of page) {
        if (signal.aborted) return
        seq = event.seq
        yield event
      }
    }
  }
  try {
    yield* readOn()
    for await (const event of inbox.events) {
      if (event.seq <= seq) continue
      if (event.seq > seq + 1) yield* readOn()
      else {
        seq = event.seq
        yield event
      }
    }
  } finally {
    inbox.leave()
  }
}

type Inbox = { events: AsyncIterable<LedgerEvent>; leave(): void }

/** What is told waits here until its reader comes for it. */
async function openInbox(
  source: Source,
  tenantId: string,
  isWanted: (event: LedgerEvent) => boolean,
  signal: AbortSignal,
): Promise<Inbox> {
  let waiting: LedgerEvent[] = []
  let isBehind = false
  let wake = () => {}
  const leaveFeed = await joinFeed(source, tenantId, (events) => {
    if (isBehind) return
    for (const event of events) if (isWanted(event)) waiting.push(event)
    isBehind = waiting.length > MAX_BEHIND
    if (isBehind) waiting = []
    wake()
  })
  const leave = () => {
    signal.removeEventListener('abort', leave)
    leaveFeed()
    wake()
  }
  signal.addEventListener('abort', leave)
  if (signal.aborted) leave()

  async function* takeEvents(): AsyncGenerator<LedgerEvent> {
    try {
      while (!signal.aborted) {
        if (isBehind) throw new Error(`a reader of the ledger fell more than ${MAX_BEHIND} events behind`)
        for (const event of waiting.splice(0)) {
          yield event
          if (signal.aborted) return
        }
        if (waiting.length > 0 || isBehind || signal.aborted) continue
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
    } finally {
      leave()
    }
  }
  return { events: takeEvents(), leave }
}
