import { type AppError, notFound } from '../../lib/errors.ts'
import type { Passkey } from './schema.ts'

/** A passkey as the database keeps it. */
export type PasskeyRow = {
  id: string
  name: string
  credential_id: string
  public_key: Buffer
  counter: number
  transports: string[]
  relying_party_id: string
  created_at: Date
  last_used_at: Date | null
}

export const PASSKEY_COLUMNS =
  'id, name, credential_id, public_key, counter, transports, relying_party_id, created_at, last_used_at'

export function presentPasskey(row: PasskeyRow): Passkey {
  return {
    id: row.id,
    name: row.name,
    credential_id: row.credential_id,
    transports: row.transports,
    relying_party_id: row.relying_party_id,
    created_at: row.created_at.toISOString(),
    last_used_at: row.last_used_at?.toISOString() ?? null,
  }
}

/** Unknown, or somebody else's: which look the same. */
export function passkeyNotFound(): AppError {
  return notFound('PASSKEY_NOT_FOUND', 'Passkey not found', 'id', 'no passkey of yours has this id')
}
