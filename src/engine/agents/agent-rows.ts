import type { Database, Session } from '../../store/database.ts'
import type { Agent, AgentInput } from './schema.ts'

type Row = Omit<Agent, 'created_at' | 'updated_at' | 'avg_cost_per_run_cents'> & {
  created_at: Date
  updated_at: Date
  priced_runs: number
  total_cost_cents: string
}

const COLUMNS = `id, name, description, instructions, model_profile, allowed_tools, default_policies, output_schema, logline_id,
  active_contract_id, total_runs, successful_runs, failed_runs, priced_runs, total_cost_cents, created_at, updated_at`

function present({ priced_runs: priced, total_cost_cents: total, ...row }: Row): Agent {
  return {
    ...row,
    avg_cost_per_run_cents: priced > 0 ? Math.round((Number(total) / priced) * 10_000) / 10_000 : null,
    created_at: row.created_at.toISOString(),
    updated_at: row.updated_at.toISOString(),
  }
}

export async function readAgent(database: Database, tenantId: string, id: string): Promise<Agent | null> {
  const rows = await database.statement<Row>(
    `SELECT ${COLUMNS} FROM read_agent($1, $2)`,
    [tenantId, id],
    'read_agent',
  )
  return rows[0] ? present(rows[0]) : null
}

export async function listAgents(session: Session, tenantId: string): Promise<Agent[]> {
  const rows = await session.query<Row>(
    `SELECT ${COLUMNS} FROM agents WHERE tenant_id = $1 ORDER BY id LIMIT 5000`,
    [tenantId],
  )
  return rows.map(present)
}

/** The agent as it is until this transaction changes it. */
export async function lockAgent(session: Session, tenantId: string, id: string): Promise<Agent | null> {
  const [row] = await session.query<Row>(
    `SELECT ${COLUMNS} FROM agents WHERE tenant_id = $1 AND id = $2 FOR UPDATE`,
    [tenantId, id],
  )
  return row ? present(row) : null
}

/** Creates it, or replaces what the one with this id is told; what it has done so far stays. */
export async function upsertAgent(
  session: Session,
  tenantId: string,
  agent: AgentInput & { id: string },
  at: Date,
): Promise<{ agent: Agent; created: boolean }> {
  const [row] = await session.query<Row & { created: boolean }>(
    `INSERT INTO agents AS a (tenant_id, id, name, description, instructions, model_profile, allowed_tools, default_policies,
       output_schema, created_at, updated_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10)
     ON CONFLICT (tenant_id, id) DO UPDATE SET name = EXCLUDED.name, description = EXCLUDED.description,
       instructions = EXCLUDED.instructions, model_profile = EXCLUDED.model_profile, allowed_tools = EXCLUDED.allowed_tools,
       default_policies = EXCLUDED.default_policies, output_schema = EXCLUDED.output_schema, updated_at = EXCLUDED.updated_at
     RETURNING ${COLUMNS}, a.created_at = a.updated_at AS created`,
    valuesOf(tenantId, agent, at),
  )
  const { created, ...stored } = row!
  return { agent: present(stored), created }
}

/** Creates one unless its id is taken. */
export async function insertAgent(
  session: Session,
  tenantId: string,
  agent: Partial<AgentInput> & Pick<AgentInput, 'name' | 'instructions'> & { id: string },
  at: Date,
): Promise<void> {
  await session.query(
    `INSERT INTO agents (tenant_id, id, name, description, instructions, model_profile, allowed_tools, default_policies,
       output_schema, created_at, updated_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10) ON CONFLICT DO NOTHING`,
    valuesOf(tenantId, agent, at),
  )
}

function valuesOf(
  tenantId: string,
  agent: Partial<AgentInput> & Pick<AgentInput, 'name' | 'instructions'> & { id: string },
  at: Date,
): unknown[] {
  return [
    tenantId,
    agent.id,
    agent.name,
    agent.description ?? null,
    agent.instructions,
    JSON.stringify(agent.model_profile ?? {}),
    agent.allowed_tools ?? [],
    agent.default_policies ?? [],
    agent.output_schema ? JSON.stringify(agent.output_schema) : null,
    at,
  ]
}

/** Counts one more use of an agent. The cost is null where its price is not known. */
export async function countAgentRun(
  session: Session,
  tenantId: string,
  agentId: string,
  run: { succeeded: boolean; costCents: number | null },
): Promise<void> {
  await session.query(
    `UPDATE agents SET total_runs = total_runs + 1, successful_runs = successful_runs + $3, failed_runs = failed_runs + 1 - $3,
       priced_runs = priced_runs + $4, total_cost_cents = total_cost_cents + $5
     WHERE tenant_id = $1 AND id = $2`,
    [tenantId, agentId, run.succeeded ? 1 : 0, run.costCents === null ? 0 : 1, run.costCents ?? 0],
  )
}
