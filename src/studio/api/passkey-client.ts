import { queryOptions } from '@tanstack/react-query'
import type { FreshAuthenticationInput, Passkey, PasskeyList } from '../../identity/passkeys/schema.ts'
import { text } from '../text.ts'
import { pathOf, requestJson } from './request.ts'

/** Passkeys of whoever is signed in, and what the browser does with them. */

const PATH = '/api/v1/auth/passkeys'

export const passkeysQuery = queryOptions({
  queryKey: ['passkeys'],
  queryFn: async ({ signal }) => (await requestJson<PasskeyList>(PATH, { signal })).passkeys,
})

export function renamePasskey({ id, name }: { id: string; name: string }): Promise<Passkey> {
  return requestJson(pathOf`/api/v1/auth/passkeys/${id}`, { method: 'PATCH', body: { name } })
}

export function deletePasskey(id: string): Promise<Passkey> {
  return requestJson(pathOf`/api/v1/auth/passkeys/${id}`, { method: 'DELETE' })
}

/** Makes a passkey: the server wants the password first, then the browser asks the person. */
export async function registerPasskey({
  name,
  password,
}: {
  name: string
  password: string
}): Promise<Passkey> {
  const { startRegistration } = await loadWebAuthn()
  type Options = Parameters<typeof startRegistration>[0]['optionsJSON']
  const optionsJSON = await requestJson<Options>(`${PATH}/options`, { method: 'POST', body: { password } })
  const credential = await startRegistration({ optionsJSON }).catch(refuse)
  return requestJson(PATH, { method: 'POST', body: { name, credential } })
}

/** Whether a passkey can be used on this page: it belongs to the host name that it was made under. */
export const isGoodHere = ({ relying_party_id: id }: Passkey): boolean => id === location.hostname

/** Has a passkey sign what is approved: what is shown here, so the challenge is computed here too. */
export async function signApproval(
  approved: { tenant: string; decisionId: string; payloadSha256: string },
  passkeys: Passkey[],
): Promise<FreshAuthenticationInput> {
  const [{ startAuthentication }, { approvalChallenge }] = await Promise.all([
    loadWebAuthn(),
    import('../../verifier/approval-challenge.ts'),
  ])
  type Options = Parameters<typeof startAuthentication>[0]['optionsJSON']
  const optionsJSON: Options = {
    challenge: approvalChallenge(approved),
    rpId: location.hostname,
    allowCredentials: passkeys.map(({ credential_id, transports }) => ({
      id: credential_id,
      type: 'public-key',
      transports: transports as NonNullable<Options['allowCredentials']>[number]['transports'] & string[],
    })),
    userVerification: 'required',
    timeout: 120_000,
  }
  const assertion = await startAuthentication({ optionsJSON }).catch(refuse)
  return { method: 'passkey', assertion: assertion as never }
}

/** Few need it, and it is asked for before the click: a browser may want the click to be the last thing that happened. */
export const loadWebAuthn = () => import('@simplewebauthn/browser')

/** The browser, or the person before it, did not do it. Nothing was sent. */
export class PasskeyError extends Error {
  override readonly name = 'PasskeyError'
}

function refuse(error: unknown): never {
  const { name, message, code } = error as { name?: string; message?: string; code?: string }
  const says = text.passkeys.fault
  if (code === 'ERROR_AUTHENTICATOR_PREVIOUSLY_REGISTERED') throw new PasskeyError(says.known)
  // The browser does not tell a refusal from a time that ran out, so that pages learn nothing.
  if (name === 'NotAllowedError' || name === 'AbortError') throw new PasskeyError(says.stopped)
  if (name === 'SecurityError') throw new PasskeyError(says.address)
  throw new PasskeyError(`${says.other} ${message ?? ''}`.trim())
}
