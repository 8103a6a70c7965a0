import pg from 'pg'
import { AppError } from '../lib/errors.ts'
import { type PgliteProcess, startPglite } from './pglite-process.ts'

const INT8 = 20
pg.types.setTypeParser(INT8, (text) => {
  const value = Number(text)
  // Nanoseconds since 1970 do not fit a double; such columns are read as text (`::text`) on purpose.
  if (!Number.isSafeInteger(value))
    throw new RangeError(`bigint ${text} does not fit a number; select it as text`)
  return value
})

/** The role that all work runs under: it owns nothing and row-level security binds it. */
const APPLICATION_ROLE = 'countersign_app'

export type Row = Record<string, unknown>

/** One session inside a transaction, or for one statement. */
export type Session = {
  /** Runs one statement. With a name it is prepared once per connection. */
  query<R extends Row = Row>(text: string, values?: unknown[], name?: string): Promise<R[]>
}

/**
 * The database handle. Both databases are spoken to by node-postgres: PostgreSQL over TCP, PGlite over a stream
 * into its worker thread, so types, error codes and transactions are the same.
 */
export type Database = {
  kind: 'pglite' | 'postgres'
  /** One statement by itself, under the application role, with no tenant set. */
  statement<R extends Row = Row>(text: string, values?: unknown[], name?: string): Promise<R[]>
  /**
   * Runs `work` in one transaction that sees only the rows of this tenant. Do not call the database inside `work`
   * other than through the session: PGlite has a single connection.
   */
  transaction<T>(tenantId: string, work: (session: Session) => Promise<T>): Promise<T>
  /** Runs `work` in one transaction under another role, for the few that look across tenants (see the ADR on row-level security). */
  transactionAs<T>(role: ServiceRole, work: (session: Session) => Promise<T>): Promise<T>
  /** Runs `work` as the login role, for migrations. */
  asOwner<T>(work: (session: Session) => Promise<T>): Promise<T>
  close(): Promise<void>
}

/** Roles with row-level policies of their own: forced row-level security binds a plain owner too. */
export type ServiceRole = 'countersign_sequencer'

export type DatabaseLocation =
  | { kind: 'postgres'; url: string; maxConnections?: number }
  | { kind: 'pglite'; dataDir: string }

/** A database that hangs must not hang everybody: each wait ends with an error that callers tell. Milliseconds. */
const TIME_LIMITS = {
  connectionTimeoutMillis: 10_000,
  statement_timeout: 30_000,
  query_timeout: 35_000,
  idle_in_transaction_session_timeout: 60_000,
}

/** Opens the database. The schema is not touched: see `migrate`. */
export async function openDatabase(location: DatabaseLocation): Promise<Database> {
  if (location.kind === 'postgres') {
    const pool = new pg.Pool({
      connectionString: location.url,
      max: location.maxConnections ?? 10,
      ...TIME_LIMITS,
    })
    return makeDatabase('postgres', pool)
  }
  const pglite = await startPglite({ dataDir: location.dataDir })
  const pool = new pg.Pool({
    max: 1,
    idleTimeoutMillis: 0,
    user: 'postgres',
    database: 'postgres',
    ssl: false,
    stream: () => pglite.openStream() as never,
  })
  return makeDatabase('pglite', pool, pglite)
}

function makeDatabase(kind: Database['kind'], pool: pg.Pool, pglite?: PgliteProcess): Database {
  // An idle connection that dies is replaced by the pool; the next query tells its caller.
  pool.on('error', () => {})
  // One that dies at work rejects its query; without a listener the event would end the process as well.
  pool.on('connect', (client) => client.on('error', () => {}))
  const roleOf = new WeakMap<pg.PoolClient, string>()

  const assumeRole = async (client: pg.PoolClient, role: string) => {
    if (roleOf.get(client) === role) return
    await client.query(role === 'login' ? 'RESET ROLE' : `SET ROLE ${role}`)
    roleOf.set(client, role)
  }
  // Not pool.query: it destroys the connection when a statement fails, which on PGlite would reopen the same
  // session with prepared statements the new client does not know.
  const withClient = async <T>(role: string, work: (client: pg.PoolClient) => Promise<T>): Promise<T> => {
    const client = await pool.connect()
    let broken: Error | undefined
    try {
      await assumeRole(client, role)
      return await work(client)
    } catch (error) {
      if (isConnectionLost(error as pg.DatabaseError)) broken = error as Error
      throw error
    } finally {
      client.release(kind === 'postgres' ? broken : undefined)
    }
  }
  const sessionOf = (client: pg.PoolClient): Session => ({
    async query<R extends Row>(text: string, values: unknown[] = [], name?: string) {
      const result = await client.query<R>({ text, values, ...(name && { name }) })
      return result.rows
    },
  })
  const transactionWith = <T>(
    role: string,
    tenantId: string,
    work: (session: Session) => Promise<T>,
  ): Promise<T> =>
    withClient(role, async (client) => {
      // One round trip for both.
      const tenant = tenantId && `; SET LOCAL countersign.tenant = ${client.escapeLiteral(tenantId)}`
      await client.query(`BEGIN${tenant}`)
      try {
        const result = await work(sessionOf(client))
        await client.query('COMMIT')
        return result
      } catch (error) {
        await client.query('ROLLBACK').catch(() => {})
        throw error
      }
    })

  return {
    kind,
    statement: (text, values, name) =>
      withClient(APPLICATION_ROLE, (client) => sessionOf(client).query(text, values, name)),
    transaction: (tenantId, work) => transactionWith(APPLICATION_ROLE, tenantId, work),
    transactionAs: (role, work) => transactionWith(role, '', work),
    asOwner: (work) => withClient('login', (client) => work(sessionOf(client))),
    async close() {
      await pool.end()
      await pglite?.close()
    },
  }
}

/** A statement that the server refused, or a refusal by the work itself, says nothing against the connection. */
function isConnectionLost(error: pg.DatabaseError | AppError): boolean {
  if (error instanceof AppError) return false
  return !error.severity || /^57P/.test(error.code ?? '')
}
