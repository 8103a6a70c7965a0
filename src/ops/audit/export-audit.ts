import type { Database } from '../../store/database.ts'
import { type AuditPlace, readAuditPage } from './list-audit.ts'
import type { AuditFilter, AuditLog } from './schema.ts'

export type AuditFormat = 'ndjson' | 'csv'

const PAGE = 1_000

/** Every entry that fits, newest first, as lines. Read in pages as they are taken, so that a long log fills no memory. */
export async function* exportAudit(
  database: Database,
  tenantId: string,
  filter: AuditFilter,
  format: AuditFormat,
): AsyncGenerator<string> {
  if (format === 'csv') yield csvLine(CSV_COLUMNS)
  let after: AuditPlace | null = null
  do {
    const page: Awaited<ReturnType<typeof readAuditPage>> = await database.transaction(tenantId, (session) =>
      readAuditPage(session, tenantId, filter, after, PAGE),
    )
    yield page.logs.map(format === 'csv' ? toCsv : (log) => `${JSON.stringify(log)}\n`).join('')
    after = page.last
  } while (after)
}

const CSV_COLUMNS = [
  'created_at',
  'action',
  'resource_type',
  'resource_id',
  'actor',
  'user_id',
  'changes',
  'ip_address',
  'user_agent',
  'tenant_id',
  'id',
  'run_id',
  'seq',
] as const satisfies (keyof AuditLog)[]

const toCsv = (log: AuditLog): string =>
  csvLine(
    CSV_COLUMNS.map((column) => {
      const value = log[column]
      return value !== null && typeof value === 'object' ? JSON.stringify(value) : String(value ?? '')
    }),
  )

/** RFC 4180, with CRLF. */
const csvLine = (cells: readonly string[]) => `${cells.map(csvCell).join(',')}\r\n`

/** A spreadsheet would run a cell that begins like a formula (OWASP: CSV injection): an apostrophe makes it text. */
export function csvCell(text: string): string {
  const harmless = /^[=+\-@\t\r\n]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless
}
