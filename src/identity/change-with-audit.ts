import { type AuditEntry, appendAudit } from '../kernel/audit/record-audit.ts'
import type { LedgerTransaction } from '../kernel/ledger/ledger.ts'
import { AppError } from '../lib/errors.ts'
import type { Identity } from './context.ts'
import { type Client, UNKNOWN_CLIENT } from './open-session.ts'

/** Who did it, as the audit log names them. */
export type Actor = { id: string; ownerId: string }

/** The person of an account, of whom nothing but the id is known. */
export const personOf = (userId: string): Actor => ({ id: `user:${userId}`, ownerId: `user:${userId}` })

/**
 * Changes an account or what belongs to it, and enters that in the tenant's audit log in the same transaction: neither is there
 * without the other. `audit` comes last. When another writer was quicker all of it is done again.
 */
export async function changeWithAudit<T>(
  { ledger, clock }: Pick<Identity, 'ledger' | 'clock'>,
  tenantId: string,
  client: Client | null,
  work: (
    transaction: LedgerTransaction,
    audit: (by: Actor, entry: AuditEntry) => Promise<void>,
  ) => Promise<T>,
): Promise<T> {
  try {
    return await ledger.transaction(tenantId, (transaction) =>
      work(transaction, (by, entry) =>
        appendAudit(
          transaction,
          {
            clock,
            principal: { id: by.id, ownerId: by.ownerId, tenantId },
            client: client ?? UNKNOWN_CLIENT,
          },
          entry,
        ),
      ),
    )
  } catch (error) {
    // What the database refused is told by whoever knows the constraint.
    throw error instanceof AppError && error.code === 'STORAGE_WRITE_ERROR' && error.cause
      ? error.cause
      : error
  }
}
