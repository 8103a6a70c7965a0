import { useEffect, useState } from 'react'
import { checkPayload, type PayloadCheck } from './check-payload.ts'
import type { Payload } from './describe-payload.ts'

/**
 * Whether the hash that binds is the hash of what is shown: a server that shows one payload and binds another is found out
 * before the approval and not after it.
 */
export function usePayloadCheck(payload: Payload | null, sha256: string | null): PayloadCheck {
  const [check, setCheck] = useState<PayloadCheck>('busy')
  useEffect(() => {
    let isCurrent = true
    // What was found of another payload says nothing of this one.
    setCheck('busy')
    checkPayload({ payload, payload_sha256: sha256 }).then((result) => {
      if (isCurrent) setCheck(result)
    })
    return () => {
      isCurrent = false
    }
  }, [payload, sha256])
  return check
}
