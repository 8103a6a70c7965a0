import { useQuery } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import type { PendingApproval } from '../../http/schema.ts'
import type { FreshAuthenticationInput } from '../../identity/passkeys/schema.ts'
import { isGoodHere, loadWebAuthn, passkeysQuery, signApproval } from '../api/passkey-client.ts'
import { installationQuery } from '../api/queries.ts'
import { hashOfShown } from './check-payload.ts'

/** What an approval wants to know of whoever gives it, and how far this person is with it. */
export function useFreshProof(approval: PendingApproval) {
  const { require_fresh_authentication: wanted, decision_id: decisionId } = approval
  const principal = useQuery(installationQuery).data?.principal
  const isPerson = principal?.kind === 'user'
  const passkeys = useQuery({ ...passkeysQuery, enabled: wanted !== undefined && isPerson })
  const good = (passkeys.data ?? []).filter(isGoodHere)
  const [prefersPasskey, preferPasskey] = useState(false)
  const [password, setPassword] = useState('')
  const method = wanted === 'passkey' || (wanted && prefersPasskey) ? 'passkey' : wanted
  useEffect(() => {
    if (method === 'passkey') void loadWebAuthn()
  }, [method])

  const prove = async (): Promise<FreshAuthenticationInput> => {
    const payloadSha256 = await hashOfShown(approval)
    if (method === 'password') return { method, password }
    const approved = { tenant: principal!.tenantId, decisionId: decisionId!, payloadSha256 }
    return signApproval(approved, good)
  }
  return {
    wanted,
    method,
    isPerson,
    /** Nobody knows yet whether there are any. */
    isReading: isPerson && passkeys.isPending,
    error: passkeys.error,
    hasPasskey: good.length > 0,
    preferPasskey,
    password,
    setPassword,
    isReady: !wanted || (isPerson && (method === 'passkey' ? good.length > 0 : password !== '')),
    prove: wanted ? prove : undefined,
  }
}
