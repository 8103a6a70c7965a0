/**
 * Reading the audit log at a million rows, and the metrics over a million events, each after the log was caught up with.
 * `node bench/ops.bench.ts [rows]`
 */
import { generateKeyPairSync } from 'node:crypto'
import type { Kernel } from '../src/kernel/context.ts'
import { readCheckpointKey } from '../src/kernel/ledger/checkpoint-signer.ts'
import { createLedger } from '../src/kernel/ledger/ledger.ts'
import { listAudit } from '../src/ops/audit/list-audit.ts'
import type { AuditFilter } from '../src/ops/audit/schema.ts'
import { readMetrics } from '../src/ops/metrics/read-metrics.ts'
import { readSeries } from '../src/ops/metrics/read-series.ts'
import { createOperations, type OperationsSettings } from '../src/ops/operations.ts'
import type { Database } from '../src/store/database.ts'
import { openBenchDatabases } from './bench-database.ts'
import { median, printTable } from './measure.ts'

const ROWS = Number(process.argv[2] ?? 1_000_000)
const GOES = 15
const CHUNK = 50_000
const TENANT = 'default'
const clock = { now: () => Date.now() }
const key = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'der' })
const log = { debug() {}, info() {}, warn: console.warn, error: console.error }

/** A tenant that has been at it for three months: runs, tools, some denials, two dozen people, few changes. */
const fillRows = (from: number, to: number) => `
  INSERT INTO events (tenant_id, run_id, seq, event_id, kind, occurred_at, occurred_ns, recorded_at, actor, integrity_warning, canon, prev_hash, hash)
  SELECT '${TENANT}', 'run_' || n / 100, n % 100 + 1, 'evt_' || n, 'tool_call', '', n, now() - (${ROWS} - n) * interval '8 seconds', 'user:' || n % 24,
    false, convert_to(repeat('x', 200), 'UTF8'), sha256('a'), sha256('b') FROM generate_series(${from}, ${to}) n;
  INSERT INTO merkle_leaves (tenant_id, leaf, run_id, seq, hash)
  SELECT '${TENANT}', n, 'run_' || n / 100, n % 100 + 1, sha256('b') FROM generate_series(${from}, ${to}) n;
  INSERT INTO audit_logs (tenant_id, leaf, id, run_id, seq, actor, user_id, action, resource_type, resource_id, changes, created_at)
  SELECT '${TENANT}', n, 'evt_' || n, 'run_' || n / 100, n % 100 + 1, 'user:' || n % 24, n % 24,
    CASE WHEN n % 1000 = 0 THEN 'update' WHEN n % 50 = 0 THEN 'policy_deny' ELSE 'execute' END,
    CASE WHEN n % 1000 = 0 THEN 'policy' WHEN n % 5 = 0 THEN 'run' ELSE 'tool' END, 'thing_' || n % 5000, '{"outcome": "done"}',
    now() - (${ROWS} - n) * interval '8 seconds' FROM generate_series(${from}, ${to}) n`

/** By the minute for two hours, by ten minutes for a day, by the hour for a week, by six hours for a month. */
const KEPT_MOMENTS = `
  SELECT date_trunc('minute', now()) - n * interval '1 minute' FROM generate_series(0, 119) n
  UNION ALL SELECT date_trunc('hour', now()) - interval '2 hours' - n * interval '10 minutes' FROM generate_series(1, 138) n
  UNION ALL SELECT date_trunc('hour', now()) - interval '26 hours' - n * interval '1 hour' FROM generate_series(1, 166) n
  UNION ALL SELECT date_trunc('day', now()) - interval '8 days' - n * interval '6 hours' FROM generate_series(1, 90) n`

const FILL_ONCE = `
  INSERT INTO merkle_heads (tenant_id, size, peaks) VALUES ('${TENANT}', ${ROWS}, '');
  INSERT INTO projections (tenant_id, name, leaf) VALUES ('${TENANT}', 'audit', ${ROWS}), ('${TENANT}', 'metrics', ${ROWS});
  INSERT INTO metric_totals (tenant_id, name, label, count, sum)
  SELECT '${TENANT}', name, 'label_' || label, 1000, 1000 FROM generate_series(1, 40) label,
    unnest(ARRAY['runs_total', 'tool_calls_total', 'llm_calls_total', 'run_duration_ms', 'step_duration_ms']) name;
  INSERT INTO metric_minutes (tenant_id, minute, name, label, count, sum)
  SELECT '${TENANT}', at, name, name || '_' || label, 1, 1 FROM (${KEPT_MOMENTS}) moments(at),
    (VALUES ('tool_calls_total', 40), ('runs_total', 3), ('runs_started_total', 1), ('llm_calls_total', 2), ('llm_tokens_prompt_total', 1),
      ('llm_tokens_completion_total', 1), ('policy_evaluations_total', 1), ('policy_denials_total', 1), ('run_duration_ms', 6),
      ('llm_latency_ms', 6)) names(name, labels), generate_series(1, labels) label;
  UPDATE sequencer SET next_xid = pg_snapshot_xmax(pg_current_snapshot())`

const yesterday = new Date(Date.now() - 86_400_000)
const FILTERS: Record<string, AuditFilter> = {
  'no filter': {},
  'a person': { user_id: '7' },
  'an action': { action: 'policy_deny' },
  'a kind of thing': { resource_type: 'run' },
  'one thing': { resource_type: 'tool', resource_id: 'thing_123' },
  'changes of policies': { resource_type: 'policy', action: 'update' },
  'a person, yesterday': { user_id: '7', start_date: yesterday, end_date: new Date() },
  'nothing fits': { resource_type: 'policy', action: 'execute' },
}

/** What the Studio draws: over how many hours, in pieces of how many seconds. */
const WINDOWS: [title: string, hours: number, step: number][] = [
  ['series, 1 h', 1, 60],
  ['series, 24 h', 24, 1_800],
  ['series, 7 d', 168, 10_800],
  ['series, 30 d', 720, 43_200],
]

async function medianMs(work: () => Promise<unknown>): Promise<string> {
  await work()
  const samples: number[] = []
  for (let go = 0; go < GOES; go++) {
    const started = performance.now()
    await work()
    samples.push(performance.now() - started)
  }
  return median(samples).toFixed(1)
}

const { databases, close } = await openBenchDatabases()
const rows = []
for (const { name, database } of databases) rows.push({ database: name, ...(await measure(database)) })
printTable(`Medians of ${GOES} reads in ms, at ${ROWS.toLocaleString('en')} events and rows`, rows)
await close()

async function measure(database: Database): Promise<Record<string, string>> {
  await database.asOwner(async (session) => {
    await session.query('SET session_replication_role = replica')
    const fill = async (text: string) => {
      for (const statement of text.split(';\n')) await session.query(statement)
    }
    // In pieces, because a statement that takes half a minute is cut off.
    for (let from = 0; from < ROWS; from += CHUNK)
      await fill(fillRows(from, Math.min(from + CHUNK, ROWS) - 1))
    await fill(FILL_ONCE)
    await session.query('RESET session_replication_role')
    await session.query('ANALYZE')
  })
  const kernel = {
    database,
    clock,
    log,
    ledger: createLedger(database, clock),
    checkpointSigner: readCheckpointKey(key.toString('base64'), 'bench.example'),
  } as unknown as Kernel
  const operations = createOperations(kernel, {} as OperationsSettings)
  const found: Record<string, string> = {
    'nothing new': await medianMs(() => operations.catchUp(TENANT)),
    metrics: await medianMs(async () => {
      await operations.catchUp(TENANT)
      await readMetrics(kernel, TENANT, 'tenant')
    }),
  }
  for (const [title, hours, step] of WINDOWS) {
    found[title] = await medianMs(async () => {
      await operations.catchUp(TENANT)
      await readSeries(kernel, TENANT, { from: new Date(clock.now() - hours * 3_600_000), step })
    })
  }
  for (const [title, filter] of Object.entries(FILTERS)) {
    found[title] = await medianMs(async () => {
      await operations.catchUp(TENANT)
      await database.transaction(TENANT, (session) =>
        listAudit(session, TENANT, filter, { offset: 0, limit: 50 }),
      )
    })
  }
  return found
}
