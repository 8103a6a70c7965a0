/**
 * Runs of five durable steps, and what a human's yes costs, beside DBOS, LangGraph.js and Mastra on one PostgreSQL with
 * fsync. Each contender is a process of its own with a database of its own; goes are interleaved, so that a busy machine
 * hurts all alike; medians are printed. See README.md beside this file.
 *
 *   node bench/runs.bench.ts [--seconds 3] [--goes 3] [--paused 10000]
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { cpus, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type Database, openDatabase } from '../src/store/database.ts'
import { startPostgres } from '../test/harness/start-postgres.ts'
import { median, printTable, ratio, rounded } from './measure.ts'
import { type Go, POOL_SIZE } from './rivals/answer-goes.ts'
import { type Contender, ENTRANTS, isInstalled, startContender, versionsOf } from './rivals/contenders.ts'
import { measurePausedRuns } from './rivals/paused-runs.ts'

const { values: options } = parseArgs({
  options: {
    seconds: { type: 'string', default: '3' },
    goes: { type: 'string', default: '3' },
    paused: { type: 'string', default: '10000' },
  },
})
const GO_MS = Number(options.seconds) * 1000
const GOES = Number(options.goes)
const PAUSED = Number(options.paused)
const CALLERS = [1, 16, 64]
/** Between goes, so that what one contender does afterwards does not slow the next. */
const REST_MS = 500
const WARM_UP_MS = 1000

/** One row of the tables: a contender doing one work. */
type Lane = {
  name: string
  contender: Contender
  steps: string
  gate: string
  /** By callers, and `gate`. */
  samples: Record<string, Sample[]>
}
type Sample = Go & { commits: number; walBytes: number }

const IN_GOES = `medians of ${GOES} interleaved goes of ${GO_MS / 1000} s`

const folder = mkdtempSync(join(tmpdir(), 'countersign-bench-'))
const postgres = await startPostgres(folder)
const admin = await openDatabase({ kind: 'postgres', url: postgres.url })
const lanes: Lane[] = []
try {
  await printMachine()
  await measureContenders()
  printSteps()
  printGates()
  printRatios()
  await measurePausedRuns(createDatabase, PAUSED).catch(tellFailure)
  console.log(`\nLoad average at the end: ${load()}`)
} finally {
  await admin.close()
  await postgres.stop()
  rmSync(folder, { recursive: true, force: true })
}

async function measureContenders(): Promise<void> {
  const contenders: Contender[] = []
  for (const entrant of ENTRANTS) {
    if (!isInstalled(entrant)) {
      console.log(`${entrant.name} is left out, its packages are not installed: npm install --prefix bench`)
      continue
    }
    const url = await createDatabase(`bench_${entrant.program.replace(/\W/g, '_')}`)
    const contender = await startContender(entrant, url).catch(tellFailure)
    if (contender) contenders.push(contender)
  }
  console.log('\nWhat is durable, and when:')
  for (const { entrant, durable } of contenders) {
    console.log(`  ${[entrant.name, ...versionsOf(entrant)].join(', ')}: ${durable}`)
  }
  lanes.push(...contenders.flatMap(lanesOf))
  for (const lane of lanes) {
    await measure(lane, lane.steps, 64, WARM_UP_MS)
      .then(() => measure(lane, lane.gate, 1, WARM_UP_MS))
      .catch(tellFailure)
  }
  for (const callers of CALLERS) {
    await interleaveLanes(`${callers}`, (lane) => measure(lane, lane.steps, callers, GO_MS))
  }
  await interleaveLanes('gate', (lane) => measure(lane, lane.gate, 1, GO_MS))
  for (const contender of contenders) await contender.stop().catch(tellFailure)
}

/** Ourselves stand there twice: with steps that only have to be recorded, and with calls of a tool under the policies. */
function lanesOf(contender: Contender): Lane[] {
  const { name } = contender.entrant
  const lane = (what: string, steps: string, gate: string): Lane => ({
    name: `${name}${what}`,
    contender,
    steps,
    gate,
    samples: {},
  })
  if (contender.works.includes('steps')) return [lane('', 'steps', 'gate')]
  return [lane(', static', 'static', 'static gate'), lane(', tools', 'tools', 'tools gate')]
}

/** Every lane once in each go, each go beginning with another. */
async function interleaveLanes(key: string, once: (lane: Lane) => Promise<Sample>): Promise<void> {
  for (let go = 0; go < GOES; go++) {
    const first = go % lanes.length
    for (const lane of [...lanes.slice(first), ...lanes.slice(0, first)]) {
      const sample = lane.contender.isAlive() && (await once(lane).catch(tellFailure))
      if (!sample) continue
      lane.samples[key] ??= []
      lane.samples[key].push(sample)
    }
  }
}

async function measure({ contender }: Lane, work: string, callers: number, ms: number): Promise<Sample> {
  const before = await readPosition()
  const go = await contender.go({ work, callers, ms })
  const after = await readPosition()
  await new Promise((resolve) => setTimeout(resolve, REST_MS))
  return { ...go, commits: after.transaction - before.transaction, walBytes: after.wal - before.wal }
}

/** How many transactions have written, and how much, since the server began. Others than the one at work do next to nothing. */
async function readPosition(): Promise<{ transaction: number; wal: number }> {
  const [row] = await asOwner(
    `SELECT pg_snapshot_xmax(pg_current_snapshot())::text AS transaction,
            (pg_current_wal_insert_lsn() - '0/0')::text AS wal`,
  )
  return { transaction: Number(row!.transaction), wal: Number(row!.wal) }
}

function middle(lane: Lane, key: string, of: (sample: Sample) => number): number {
  const samples = lane.samples[key] ?? []
  return samples.length > 0 ? median(samples.map(of)) : Number.NaN
}

function precise(value: number): string {
  return Number.isNaN(value) ? 'failed' : value.toFixed(1)
}

function whole(value: number): string {
  return Number.isNaN(value) ? 'failed' : rounded(value)
}

function printSteps(): void {
  printTable(
    `Five durable steps (${IN_GOES}; for one run: CPU of the contender's process, commits and log of PostgreSQL)`,
    lanes.map((lane) => ({
      contender: lane.name,
      'p50 ms': precise(middle(lane, '1', ({ p50 }) => p50)),
      'p95 ms': precise(middle(lane, '1', ({ p95 }) => p95)),
      ...Object.fromEntries(
        CALLERS.map((callers) => [
          `runs/s, ${callers}`,
          whole(middle(lane, `${callers}`, ({ perSecond }) => perSecond)),
        ]),
      ),
      'commits, 1': precise(middle(lane, '1', ({ commits, count }) => commits / count)),
      'commits, 64': precise(middle(lane, '64', ({ commits, count }) => commits / count)),
      'CPU ms, 64': precise(middle(lane, '64', ({ cpuMs }) => cpuMs)),
      'log kB, 1': precise(middle(lane, '1', ({ walBytes, count }) => walBytes / count / 1024)),
    })),
  )
}

function printGates(): void {
  printTable(
    `Two steps, a pause for a human, three steps: from the answer until the run is done (1 caller, ${IN_GOES})`,
    lanes.map((lane) => ({
      contender: lane.name,
      'p50 ms': precise(middle(lane, 'gate', ({ p50 }) => p50)),
      'p95 ms': precise(middle(lane, 'gate', ({ p95 }) => p95)),
      'runs a go': whole(middle(lane, 'gate', ({ count }) => count)),
    })),
  )
}

/** Above 1 is better for us, in every column. */
function printRatios(): void {
  const isOurs = ({ contender }: Lane) => contender.entrant.packages.length === 0
  const rivals = lanes.filter((lane) => !isOurs(lane))
  if (rivals.length === 0) return
  const rows = lanes.filter(isOurs).flatMap((ours) =>
    rivals.map((rival) => {
      const quicker = (key: string) => {
        const p50 = (lane: Lane) => middle(lane, key, (sample) => sample.p50)
        return ratio(p50(rival) / p50(ours))
      }
      const more = (key: string) => {
        const perSecond = (lane: Lane) => middle(lane, key, (sample) => sample.perSecond)
        return ratio(perSecond(ours) / perSecond(rival))
      }
      return {
        ours: ours.name,
        'to theirs': rival.name,
        'p50 quicker': quicker('1'),
        ...Object.fromEntries(CALLERS.map((callers) => [`runs/s, ${callers}`, more(`${callers}`)])),
        'gate p50 quicker': quicker('gate'),
      }
    }),
  )
  printTable('Ours to theirs: above 1.00× is better for us, below is worse', rows)
}

async function printMachine(): Promise<void> {
  const [row] = await asOwner(
    `SELECT current_setting('server_version') AS version, current_setting('fsync') AS fsync,
            current_setting('synchronous_commit') AS synchronous_commit`,
  )
  const cores = cpus()
  console.log(
    [
      `${cores.length} cores (${cores[0]?.model.trim()}), Node ${process.version}`,
      `PostgreSQL ${row!.version}, fsync ${row!.fsync}, synchronous_commit ${row!.synchronous_commit}, at most ${POOL_SIZE} connections each`,
      `Load average at the start: ${load()}`,
    ].join('\n'),
  )
}

function load(): string {
  return loadavg()
    .map((value) => value.toFixed(1))
    .join(' ')
}

async function createDatabase(name: string): Promise<string> {
  await asOwner(`CREATE DATABASE ${name}`)
  const url = new URL(postgres.url)
  url.pathname = `/${name}`
  return url.href
}

function asOwner(text: string): ReturnType<Database['statement']> {
  return admin.asOwner((session) => session.query(text))
}

/** One contender that fails does not take the others' figures with it. */
function tellFailure(error: Error): null {
  console.error(`\n${error.message}`)
  process.exitCode = 1
  return null
}
