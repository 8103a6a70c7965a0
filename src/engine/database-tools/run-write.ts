import type { Clock } from '../../lib/clock.ts'
import type { Database, Row, Session } from '../../store/database.ts'
import { nextId } from '../tickets/next-id.ts'
import { tryWrite } from '../tickets/try-write.ts'
import { writeOnce } from '../tickets/write-once.ts'
import type { JsonObject, ToolInvocation } from '../tools/tool-handler.ts'
import { CATALOGUE, type TableName } from './catalogue.ts'
import { explainDatabaseError } from './explain-database-error.ts'
import type { GuardedWrite } from './guard-write.ts'
import { presentRows } from './present-rows.ts'
import { refuseSql } from './refuse-sql.ts'
import { limitStatements } from './run-select.ts'

/** More rows than this at once is taken for a mistake. */
const MAX_CHANGED = 50

type Changed = { sql: string; before: Row[]; after: Row[] }

/** What a change would do: it is made and undone in one transaction. */
export async function previewWrite(
  database: Database,
  clock: Clock,
  { principal }: ToolInvocation,
  write: GuardedWrite,
): Promise<JsonObject> {
  try {
    const { sql, before, after } = await tryWrite(database, principal.tenantId, (session) =>
      change(session, clock, principal, write),
    )
    const { id } = CATALOGUE[write.table]
    const earlier = new Map(before.map((row) => [row[id], row]))
    const rows = after.map((row) => {
      const old = earlier.get(row[id])
      return {
        id: String(row[id]),
        before: old ? presentRows([old])[0]! : null,
        after: presentRows([row])[0]!,
      }
    })
    return { preview: true, sql, would_affect: rows.length, rows }
  } catch (error) {
    throw explainDatabaseError(error)
  }
}

/** Makes a change, once per idempotency key. */
export async function executeWrite(
  database: Database,
  clock: Clock,
  invocation: ToolInvocation,
  write: GuardedWrite,
): Promise<JsonObject> {
  try {
    return await writeOnce(database, clock, invocation, async (session) => {
      const { sql, after } = await change(session, clock, invocation.principal, write)
      return { preview: false, sql, rowCount: after.length, rows: presentRows(after) }
    })
  } catch (error) {
    throw explainDatabaseError(error, { writing: true })
  }
}

async function change(
  session: Session,
  clock: Clock,
  principal: ToolInvocation['principal'],
  write: GuardedWrite,
): Promise<Changed> {
  await limitStatements(session)
  const now = new Date(clock.now())
  return write.is === 'insert'
    ? insert(session, principal, write, now)
    : update(session, principal, write, now)
}

const shownOf = (table: TableName) => Object.keys(CATALOGUE[table].columns)

/** Columns that the program fills and nobody else: who wrote a comment is no matter of what the caller says. */
async function insert(
  session: Session,
  { tenantId, name }: ToolInvocation['principal'],
  { table, columns }: Extract<GuardedWrite, { is: 'insert' }>,
  now: Date,
): Promise<Changed> {
  const own = new Map<string, unknown>([
    ['tenant_id', tenantId],
    ['id', await nextId(session, tenantId, table as 'tickets' | 'ticket_comments')],
    ['created_at', now],
  ])
  if (table === 'tickets') own.set('updated_at', now)
  if (table === 'tickets' && !columns.has('status')) own.set('status', 'open')
  if (table === 'ticket_comments') own.set('author', name)
  const names = [...own.keys(), ...columns.keys()].join(', ')
  const values = [...[...own.keys()].map((_, index) => `$${index + 1}`), ...columns.values()].join(', ')
  const sql = `INSERT INTO ${table} (${names}) VALUES (${values}) RETURNING ${shownOf(table).join(', ')}`
  return { sql, before: [], after: await session.query(sql, [...own.values()]) }
}

async function update(
  session: Session,
  { tenantId }: ToolInvocation['principal'],
  { table, alias, columns, where }: Extract<GuardedWrite, { is: 'update' }>,
  now: Date,
): Promise<Changed> {
  const target = alias === table ? table : `${table} AS ${alias}`
  const condition = `${where} AND ${alias}.tenant_id = $1`
  const shown = shownOf(table).map((column) => `${alias}.${column}`)
  const before = await session.query(
    `SELECT ${shown.join(', ')} FROM ${target} WHERE ${condition} LIMIT ${MAX_CHANGED + 1} FOR UPDATE`,
    [tenantId],
  )
  if (before.length > MAX_CHANGED)
    refuseSql(`the UPDATE is about more than ${MAX_CHANGED} rows: narrow it down by WHERE`)
  const touched = table === 'tickets' ? new Map([...columns, ['updated_at', '$2']]) : columns
  const sets = [...touched].map(([column, expression]) => `${column} = ${expression}`).join(', ')
  const sql = `UPDATE ${target} SET ${sets} WHERE ${condition} RETURNING ${shown.join(', ')}`
  return { sql, before, after: await session.query(sql, table === 'tickets' ? [tenantId, now] : [tenantId]) }
}
