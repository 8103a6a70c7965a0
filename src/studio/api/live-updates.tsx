import { type Query, type QueryClient, useQueryClient } from '@tanstack/react-query'
import {
  createContext,
  type ReactNode,
  useContext,
  useEffect,
  useMemo,
  useState,
  useSyncExternalStore,
} from 'react'
import { type LedgerStream, openLedgerStream } from './ledger-stream.ts'

/** Ticks that come together are answered by one round of reading. */
const GATHER_MS = 150

const StreamContext = createContext<LedgerStream | null>(null)

/** Keeps what is on the page equal to the ledger, for as long as it is mounted. */
export function LiveUpdates({ children }: { children: ReactNode }) {
  const queryClient = useQueryClient()
  const [stream, setStream] = useState<LedgerStream | null>(null)
  useEffect(() => {
    const refresher = createRefresher(queryClient)
    const opened = openLedgerStream({
      onTick: (tick) => refresher.add(tick.run_id),
      // What happened while nobody listened is not told again in full: read everything anew.
      onConnected: () => refresher.addEverything(),
    })
    setStream(opened)
    return () => {
      opened.close()
      refresher.stop()
    }
  }, [queryClient])
  return <StreamContext value={stream}>{children}</StreamContext>
}

const CONNECTING = { state: 'connecting', since: 0 } as const

export function useConnection(): ReturnType<LedgerStream['read']> {
  const stream = useContext(StreamContext)
  const store = useMemo(
    () => ({
      subscribe: (listener: () => void) => stream?.subscribe(listener) ?? (() => {}),
      read: () => stream?.read() ?? CONNECTING,
    }),
    [stream],
  )
  return useSyncExternalStore(store.subscribe, store.read)
}

/** Reads again what the touched runs may have changed; never two rounds at once, and never a lost one. */
function createRefresher(queryClient: QueryClient) {
  let touched = new Set<string>()
  let everything = false
  let timer: ReturnType<typeof setTimeout> | undefined
  let busy = false

  const flush = async () => {
    timer = undefined
    busy = true
    const runs = touched
    const all = everything
    touched = new Set()
    everything = false
    // A first read that is under way may have begun before the tick, and would not be repeated by invalidating it.
    const firstReads = queryClient.getQueryCache().findAll({ fetchStatus: 'fetching' })
    await Promise.allSettled(
      firstReads.filter(({ state }) => state.data === undefined).map((query) => query.promise),
    )
    // What agents did so far is counted when their runs end.
    const keys = all ? [[]] : [['approvals'], ['runs'], ['agents'], ...[...runs].map((run) => ['run', run])]
    // What leaves an entry of its own in the log is read again when somebody asks, and not by itself.
    const predicate = ({ meta }: Query) => meta?.isReadOnRequest !== true
    await Promise.all(keys.map((queryKey) => queryClient.invalidateQueries({ queryKey, predicate })))
    busy = false
    if (touched.size > 0 || everything) schedule()
  }
  const schedule = () => {
    if (timer === undefined && !busy) timer = setTimeout(() => void flush(), GATHER_MS)
  }
  return {
    add(runId: string) {
      touched.add(runId)
      schedule()
    },
    addEverything() {
      everything = true
      schedule()
    },
    stop: () => clearTimeout(timer),
  }
}
