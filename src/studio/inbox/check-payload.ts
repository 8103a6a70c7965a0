import type { PendingApproval } from '../../http/schema.ts'
import { PasskeyError } from '../api/passkey-client.ts'
import { text } from '../text.ts'

export type PayloadCheck = 'busy' | 'same' | 'differs' | 'unchecked'
type Bound = Pick<PendingApproval, 'payload' | 'payload_sha256'>

/** Whether the hash that binds is the hash of what is shown, computed here. */
export async function checkPayload({ payload, payload_sha256: sha256 }: Bound): Promise<PayloadCheck> {
  // A hash without a payload binds what nobody can see.
  if (payload === null || sha256 === null)
    return payload === null && sha256 !== null ? 'differs' : 'unchecked'
  try {
    const { hashJson } = await import('../../verifier/hash-json.ts')
    return hashJson(payload) === sha256 ? 'same' : 'differs'
  } catch {
    return 'unchecked'
  }
}

/** What keeps an approval from being answered: what is shown is not what would run, or the time is over. */
export function findBlock(
  { require_fresh_authentication: wanted }: Pick<PendingApproval, 'require_fresh_authentication'>,
  check: PayloadCheck,
  isExpired: boolean,
): 'approve' | 'all' | null {
  if (isExpired) return 'all'
  // Whoever proves who they are vouches for what is shown, so that it must be known to be what binds.
  const isSound = wanted ? check === 'same' : check !== 'differs'
  return isSound ? null : 'approve'
}

/**
 * The hash of what is shown, for a passkey to sign: never the one that the server names, unless they are the same.
 *
 * @throws PasskeyError before anything is signed or sent.
 */
export async function hashOfShown(approval: Bound): Promise<string> {
  if ((await checkPayload(approval)) !== 'same') throw new PasskeyError(text.proof.otherPayload)
  return approval.payload_sha256!
}
