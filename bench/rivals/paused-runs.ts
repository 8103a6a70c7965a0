import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { median, printTable, rounded } from '../measure.ts'
import { expectEqual, time } from './answer-goes.ts'
import {
  approveRun,
  type Credentials,
  type OurServer,
  prepareServer,
  residentMegabytes,
  startOurServer,
  startRun,
} from './our-server.ts'

const CALLERS = 64
const RESTARTS = 5
/** Until the signatures over what was just written are made too. */
const SETTLE_MS = 12_000

/** Where a server of ours keeps everything. */
type Installation = { folder: string; databaseUrl: string }
type Restarts = { times: number[]; ownTimes: number[]; megabytes: number[] }

/**
 * What runs that wait for a human cost our server while they wait: memory, and a longer restart. Runs that ended are made
 * first and in the same number, because a server that did anything at all has grown.
 */
export async function measurePausedRuns(
  createDatabase: (name: string) => Promise<string>,
  count: number,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-bench-paused-'))
  const empty = { folder: join(folder, 'empty'), databaseUrl: await createDatabase('bench_empty') }
  const full = { folder: join(folder, 'full'), databaseUrl: await createDatabase('bench_paused') }
  try {
    await withServer(empty, prepareServer)
    const credentials = await withServer(full, (server) => measureMemory(server, count))
    const restarts = await measureRestarts(empty, full)
    printRestarts(restarts.empty, restarts.full, count)
    await withServer(full, async (server) => {
      const { total, data } = await server.call('GET', '/runs?status=paused&limit=1', credentials.session)
      expectEqual('paused runs after the restart', total, count)
      const took = await time(async () =>
        expectEqual('run', (await approveRun(server, credentials, data[0]!.id)).status, 'completed'),
      )
      console.log(
        `After the restarts all ${rounded(count)} still waited; the first one answered was done in ${rounded(took)} ms.`,
      )
    })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function measureMemory(server: OurServer, count: number): Promise<Credentials> {
  const credentials = await prepareServer(server)
  const started = residentMegabytes(server)
  const endedPerSecond = await startMany(server, credentials, 'bench-static', count, 'completed')
  const afterEnded = await settledMegabytes(server)
  const pausedPerSecond = await startMany(server, credentials, 'bench-static-gate', count, 'paused')
  const afterPaused = await settledMegabytes(server)
  const row = (when: string, megabytes: number, before: number | null, perSecond: number | null) => ({
    when,
    'RSS MB': rounded(megabytes),
    'growth MB': before === null ? '' : rounded(megabytes - before),
    'runs/s': perSecond === null ? '' : rounded(perSecond),
  })
  printTable(
    `Paused runs of Countersign: memory of the server's process (made over HTTP, ${CALLERS} in flight)`,
    [
      row('just started', started, null, null),
      row(`after ${rounded(count)} runs that ended`, afterEnded, started, endedPerSecond),
      row(`after ${rounded(count)} more that wait`, afterPaused, afterEnded, pausedPerSecond),
    ],
  )
  return credentials
}

async function measureRestarts(empty: Installation, full: Installation) {
  const restarts = { empty: newRestarts(), full: newRestarts() }
  for (let go = 0; go < RESTARTS; go++) {
    const turns = [() => restart(empty, restarts.empty), () => restart(full, restarts.full)]
    for (const turn of go % 2 === 0 ? turns : turns.reverse()) await turn()
  }
  return restarts
}

const newRestarts = (): Restarts => ({ times: [], ownTimes: [], megabytes: [] })

/** The time from the start of the process until it answers, what it says itself, and its memory a moment later. */
async function restart(installation: Installation, { times, ownTimes, megabytes }: Restarts): Promise<void> {
  const started = performance.now()
  await withServer(installation, async (server) => {
    times.push(performance.now() - started)
    ownTimes.push(Number(/ready after (\d+) ms/.exec(server.server.output())?.[1]))
    // Long enough for it to have looked for runs that are due.
    await new Promise((resolve) => setTimeout(resolve, 2_000))
    megabytes.push(residentMegabytes(server))
  })
}

function printRestarts(empty: Restarts, full: Restarts, count: number): void {
  const row = (what: string, { times, ownTimes, megabytes }: Restarts) => ({
    restart: what,
    'process start to ready ms': rounded(median(times)),
    'of it after loading ms': rounded(median(ownTimes)),
    'RSS MB': rounded(median(megabytes)),
  })
  printTable(`Paused runs of Countersign: restart (medians of ${RESTARTS}, interleaved)`, [
    row('no runs at all', empty),
    row(`${rounded(count)} ended and ${rounded(count)} waiting`, full),
  ])
  console.log(`The runs make a difference of ${rounded(median(full.times) - median(empty.times))} ms.`)
}

async function withServer<T>(
  { folder, databaseUrl }: Installation,
  work: (server: OurServer) => Promise<T>,
): Promise<T> {
  const server = await startOurServer(folder, databaseUrl)
  try {
    return await work(server)
  } finally {
    await server.stop()
  }
}

/** Answers how many a second. */
async function startMany(
  server: OurServer,
  credentials: Credentials,
  workflow: string,
  count: number,
  expected: string,
): Promise<number> {
  const started = performance.now()
  let left = count
  await Promise.all(
    Array.from({ length: CALLERS }, async () => {
      while (left-- > 0) expectEqual('run', (await startRun(server, credentials, workflow)).status, expected)
    }),
  )
  return count / ((performance.now() - started) / 1000)
}

async function settledMegabytes(server: OurServer): Promise<number> {
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MS))
  return residentMegabytes(server)
}
