import { isIP } from 'node:net'
import { AppError } from '../../lib/errors.ts'
import { isLoopback } from '../../lib/loopback.ts'

/** For whom passkeys are made (WebAuthn): the host name, and the one origin whose pages may use them. */
export type RelyingParty = { id: string; origin: string }

/**
 * By the address that is configured; without one by the request's own, where that is this machine: any other name in
 * `Host` is the caller's to choose.
 *
 * @throws AppError 409 PASSKEYS_UNAVAILABLE, with what to do.
 */
export function relyingPartyOf(publicUrl: string | undefined, ownOrigin: string): RelyingParty {
  const { hostname, origin } = new URL(publicUrl ?? ownOrigin)
  if (!publicUrl && !isLoopback(hostname)) {
    throw unavailable(
      `expected PUBLIC_URL to say under which address people reach this server, as passkeys are made for one name; the request came for '${hostname}'`,
    )
  }
  if (isIP(hostname.replace(/^\[|\]$/g, '')) !== 0) {
    throw unavailable(
      `expected a host name, as browsers make no passkeys for the address ${hostname}: ${publicUrl ? 'set PUBLIC_URL to a name' : 'open http://localhost with the same port'}`,
    )
  }
  return { id: hostname, origin }
}

function unavailable(message: string): AppError {
  const code = 'PASSKEYS_UNAVAILABLE'
  return new AppError({
    code,
    status: 409,
    message,
    details: [{ path: '', message, type: 'state_conflict', code }],
  })
}
