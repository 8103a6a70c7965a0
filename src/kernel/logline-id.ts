import { createHmac } from 'node:crypto'
import { equalSecrets } from '../lib/hash.ts'
import type { Session } from '../store/database.ts'

/** Whom a LogLine ID names: a person, or an agent. */
export type LoglineKind = 'BR' | 'AGENT'

const SHAPE = /^(LL-(?:BR|AGENT)-\d{4}-\d{9,})-([0-9A-F]{8})$/
const MAX_LENGTH = 50

/**
 * Draws the next LogLine ID, such as `LL-BR-2026-000000017-9F3A01BC`. The number comes from a sequence, so that two who
 * draw at once differ; one whose transaction fails is never given again.
 */
export async function issueLoglineId(
  session: Session,
  pepper: string,
  kind: LoglineKind,
  now: number,
): Promise<string> {
  const [row] = await session.query<{ number: string }>("SELECT nextval('logline_numbers')::text AS number")
  const base = `LL-${kind}-${new Date(now).getUTCFullYear()}-${row!.number.padStart(9, '0')}`
  return `${base}-${checksumOf(base, pepper)}`
}

/**
 * Whether this installation issued an id of this form. The checksum is keyed: it cannot be made up, and it says nothing
 * about whom it names.
 */
export function isLoglineId(text: string, pepper: string): boolean {
  const [, base, checksum] = (text.length <= MAX_LENGTH && SHAPE.exec(text)) || []
  return base !== undefined && equalSecrets(checksum!, checksumOf(base, pepper))
}

function checksumOf(base: string, pepper: string): string {
  return createHmac('sha256', pepper).update(base).digest('hex').slice(0, 8).toUpperCase()
}
