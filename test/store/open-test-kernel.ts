import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Context } from '../../src/kernel/context.ts'
import { openCheckpointKeyFile } from '../../src/kernel/ledger/checkpoint-signer.ts'
import { createLedger } from '../../src/kernel/ledger/ledger.ts'
import type { Receipt } from '../../src/kernel/ledger/schema.ts'
import type { NewEvent } from '../../src/kernel/ledger/seal-event.ts'
import type { Database, Session } from '../../src/store/database.ts'
import { type DatabaseKind, openTestDatabase } from '../harness/open-test-database.ts'
import { createTestClock, type TestClock } from '../harness/start-test-server.ts'

export type TestKernel = {
  database: Database
  clock: TestClock
  /** What kernel functions are handed, for a principal of this tenant. Policies and tokens are not in it. */
  as(tenantId?: string): Context
  close(): Promise<void>
}

/** The log and its signer on a fresh database. */
export async function openTestKernel(kind: DatabaseKind): Promise<TestKernel> {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-kernel-'))
  const database = await openTestDatabase(kind)
  const clock = createTestClock()
  const kernel = {
    database,
    clock,
    ledger: createLedger(database, clock),
    checkpointSigner: await openCheckpointKeyFile(join(folder, 'checkpoint.pem'), 'test.example'),
  }
  return {
    database,
    clock,
    as: (tenantId = 'default') =>
      ({ ...kernel, principal: { id: 'local', ownerId: 'local', tenantId } }) as unknown as Context,
    async close() {
      await database.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** What `ledger.append` is told, for a receipt from outside. */
export const ingested = (payload: Receipt): NewEvent => ({
  kind: 'receipt_ingested',
  eventId: payload.id,
  occurredAt: payload.timestamp,
  actor: 'local',
  payload,
})

/** What the table holds, past row-level security. */
export const rowsOf = <R extends Record<string, unknown>>(
  database: Database,
  text: string,
  values: unknown[] = [],
): Promise<R[]> => database.asOwner((session: Session) => session.query<R>(text, values))
