/**
 * How long a back-test over 100,000 recorded decisions takes, by the number of policies, and for how long at most it
 * keeps others from their turn.
 *
 *   node bench/backtest.bench.ts
 */
import { monitorEventLoopDelay } from 'node:perf_hooks'
import pino from 'pino'
import { localAdministrator } from '../src/http/authenticate.ts'
import { authorizeInRun } from '../src/kernel/authorize.ts'
import type { Context } from '../src/kernel/context.ts'
import { backtestPolicies } from '../src/kernel/policy/backtest/backtest-policies.ts'
import { builtInPolicies } from '../src/kernel/policy/built-in-policies.ts'
import { compilePolicies } from '../src/kernel/policy/compile-policies.ts'
import { upsertPolicy } from '../src/kernel/policy/policy-rows.ts'
import { createPolicySets } from '../src/kernel/policy/policy-sets.ts'
import { Policy, PolicyInput } from '../src/kernel/policy/schema.ts'
import { canonicalJson } from '../src/lib/canonical-json.ts'
import type { Database } from '../src/store/database.ts'
import { openBenchDatabases } from './bench-database.ts'
import { median, printTable, rounded } from './measure.ts'

const DECISIONS = 100_000
const SIZES = [10, 1_000]
const GOES = 3
const TOOLS = 40
const RISKS = ['low', 'medium', 'high'] as const
const builtIn = builtInPolicies({ purchaseApprovalThreshold: 100 })
const clock = { now: () => Date.now() }

const policyOf = (position: number) =>
  PolicyInput.parse({
    name: `Policy ${position}`,
    scope: 'tenant',
    effect: (['allow', 'require_approval', 'allow', 'deny'] as const)[position % 4],
    priority: 100 + position,
    rule_expr: {
      conditions: [
        { field: 'tool.id', operator: 'equals', value: `tools.tool_${position % TOOLS}` },
        { field: 'tool.risk_level', operator: 'equals', value: RISKS[position % 3] },
        { field: 'run.input.amount', operator: 'greater_than', value: (position * 7) % 1000 },
      ],
    },
  })
const CANDIDATE = PolicyInput.parse({
  name: 'Ask about dear calls',
  scope: 'tenant',
  effect: 'require_approval',
  priority: 1,
  rule_expr: { conditions: [{ field: 'run.input.amount', operator: 'greater_than', value: 900 }] },
})

/** Decisions as the engine records them, written as rows: what is measured is reading them. */
async function fill(database: Database) {
  const principal = localAdministrator()
  const set = compilePolicies([
    ...builtIn,
    ...Array.from({ length: 10 }, (_, at) => ({ ...policyOf(at), id: `p${at}` })),
  ])
  for (let done = 0; done < DECISIONS; done += 5_000) {
    const rows = Array.from({ length: 5_000 }, (_, offset) => {
      const at = done + offset
      const { event } = authorizeInRun(
        principal,
        set,
        {
          decisionId: `dec_${at}`,
          action: 'tool_call',
          resource: { tool: `tools.tool_${at % TOOLS}` },
          payload: {
            tool_id: `tools.tool_${at % TOOLS}`,
            input: { amount: (at * 13) % 1000, text: 'x'.repeat(200) },
          },
          facts: {
            tool: {
              id: `tools.tool_${at % TOOLS}`,
              risk_level: RISKS[at % 3]!,
              side_effects: [],
              handler_type: 'http',
            },
            run: {
              id: `run_${at >> 3}`,
              mode: 'auto',
              input: { amount: (at * 13) % 1000, text: 'x'.repeat(200) },
            },
            workflow: { id: 'wf' },
          },
          step: { stepId: `stp_${at}`, nodeId: 'node' },
        },
        { maxFactsBytes: 65_536 },
      )
      return canonicalJson({ v: 1, tenant: 'default', run: `run_${at >> 3}`, payload: event.payload })
    })
    await database.asOwner((session) =>
      session.query(
        `INSERT INTO events (tenant_id, run_id, seq, event_id, kind, occurred_at, occurred_ns, recorded_at, actor,
           integrity_warning, canon, prev_hash, hash)
         SELECT 'default', 'run_' || ($2::int + n) / 8, $2::int + n, 'evt_' || ($2::int + n), 'decision_recorded', '', 0,
           now() + ($2::int + n) * interval '1 millisecond', 'bench', false, convert_to(canon, 'UTF8'),
           decode(repeat('00', 32), 'hex'), decode(repeat('00', 32), 'hex')
         FROM unnest($1::text[]) WITH ORDINALITY e(canon, n)`,
        [rows, done],
      ),
    )
  }
}

async function addPolicies(database: Database, count: number) {
  const now = new Date().toISOString()
  await database.transaction('default', async (session) => {
    await session.query("DELETE FROM policies WHERE tenant_id = 'default'")
    for (let at = 0; at < count; at++) {
      const dates = { version: 1, created_at: now, updated_at: now }
      const policy = Policy.parse({ ...policyOf(at), ...dates, id: `p${at}`, tenant_id: 'default' })
      await upsertPolicy(session, policy, 'bench')
    }
  })
}

const { databases, close } = await openBenchDatabases()
const table: Record<string, string>[] = []
for (const { name, database } of databases) {
  await fill(database)
  for (const size of SIZES) {
    await addPolicies(database, size)
    const log = pino({ level: 'silent' })
    const context = {
      database,
      principal: localAdministrator(),
      policySets: createPolicySets(database, builtIn, clock, log),
    } as unknown as Context
    const times: number[] = []
    const waits: number[] = []
    let changed = 0
    for (let go = 0; go < GOES; go++) {
      const delay = monitorEventLoopDelay({ resolution: 1 })
      delay.enable()
      const started = performance.now()
      const result = await backtestPolicies(context, {
        candidate: { policy: CANDIDATE },
        since: null,
        limit: DECISIONS,
      })
      times.push(performance.now() - started)
      delay.disable()
      waits.push(delay.max / 1e6)
      if (result.evaluated !== DECISIONS) throw new Error(`evaluated ${result.evaluated}`)
      changed = result.changed
    }
    table.push({
      database: name,
      policies: rounded(size),
      seconds: (median(times) / 1000).toFixed(2),
      'longest wait, ms': median(waits).toFixed(0),
      changed: rounded(changed),
    })
  }
}
printTable(`Back-test of ${rounded(DECISIONS)} decisions`, table)
await close()
