import type { Database, Session } from '../../store/database.ts'
import type { Tool } from './schema.ts'

type Row = Omit<Tool, 'created_at' | 'updated_at'> & { created_at: Date; updated_at: Date }

const COLUMNS = `id, name, description, input_schema, output_schema, handler_type, handler_config, risk_level, side_effects,
  recovery, timeout_ms, created_at, updated_at`

const present = (row: Row): Tool => ({
  ...row,
  created_at: row.created_at.toISOString(),
  updated_at: row.updated_at.toISOString(),
})

/** Those of these ids that the tenant has tools of, in one round trip. */
export async function readTools(database: Database, tenantId: string, ids: string[]): Promise<Tool[]> {
  const rows = await database.statement<Row>(
    `SELECT ${COLUMNS} FROM read_tools($1, $2)`,
    [tenantId, ids],
    'read_tools',
  )
  return rows.map(present)
}

export async function readTool(database: Database, tenantId: string, id: string): Promise<Tool | null> {
  const [tool] = await readTools(database, tenantId, [id])
  return tool ?? null
}

export async function listTools(session: Session, tenantId: string): Promise<Tool[]> {
  const rows = await session.query<Row>(
    `SELECT ${COLUMNS} FROM tools WHERE tenant_id = $1 ORDER BY id LIMIT 5000`,
    [tenantId],
  )
  return rows.map(present)
}

/** The tool as it is until this transaction changes it. */
export async function lockTool(session: Session, tenantId: string, id: string): Promise<Tool | null> {
  const [row] = await session.query<Row>(
    `SELECT ${COLUMNS} FROM tools WHERE tenant_id = $1 AND id = $2 FOR UPDATE`,
    [tenantId, id],
  )
  return row ? present(row) : null
}

/** Creates it, or replaces the one with this id. */
export async function upsertTool(
  session: Session,
  tenantId: string,
  tool: Omit<Tool, 'created_at' | 'updated_at'>,
  at: Date,
): Promise<{ tool: Tool; created: boolean }> {
  const [row] = await session.query<Row & { created: boolean }>(
    `INSERT INTO tools AS t (tenant_id, ${COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $13)
     ON CONFLICT (tenant_id, id) DO UPDATE SET name = EXCLUDED.name, description = EXCLUDED.description,
       input_schema = EXCLUDED.input_schema, output_schema = EXCLUDED.output_schema, handler_type = EXCLUDED.handler_type,
       handler_config = EXCLUDED.handler_config, risk_level = EXCLUDED.risk_level, side_effects = EXCLUDED.side_effects,
       recovery = EXCLUDED.recovery, timeout_ms = EXCLUDED.timeout_ms, updated_at = EXCLUDED.updated_at
     RETURNING ${COLUMNS}, t.created_at = t.updated_at AS created`,
    [
      tenantId,
      tool.id,
      tool.name,
      tool.description,
      JSON.stringify(tool.input_schema),
      tool.output_schema && JSON.stringify(tool.output_schema),
      tool.handler_type,
      JSON.stringify(tool.handler_config),
      tool.risk_level,
      tool.side_effects,
      tool.recovery,
      tool.timeout_ms,
      at,
    ],
  )
  const { created, ...stored } = row!
  return { tool: present(stored), created }
}

/** Which of these ids are tools of the tenant. */
export async function listToolIds(session: Session, tenantId: string, ids: string[]): Promise<string[]> {
  const rows = await session.query<{ id: string }>(
    'SELECT id FROM tools WHERE tenant_id = $1 AND id = ANY ($2)',
    [tenantId, ids],
  )
  return rows.map(({ id }) => id)
}
