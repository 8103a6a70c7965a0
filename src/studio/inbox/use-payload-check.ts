import { useEffect, useState } from 'react'
import type { Payload } from './describe-payload.ts'

export type PayloadCheck = 'busy' | 'same' | 'differs' | 'unchecked'

/**
 * Whether the hash that binds is the hash of what is shown, computed here: a server that shows one payload and binds
 * another is found out before the approval and not after it.
 */
export function usePayloadCheck(payload: Payload | null, sha256: string | null): PayloadCheck {
  const [check, setCheck] = useState<PayloadCheck>('busy')
  useEffect(() => {
    let isCurrent = true
    const settle = (result: PayloadCheck) => {
      if (isCurrent) setCheck(result)
    }
    if (payload === null || sha256 === null) {
      // A hash without a payload binds what nobody can see.
      settle(payload === null && sha256 !== null ? 'differs' : 'unchecked')
    } else {
      import('../../verifier/hash-json.ts').then(
        ({ hashJson }) => settle(hashJson(payload) === sha256 ? 'same' : 'differs'),
        () => settle('unchecked'),
      )
    }
    return () => {
      isCurrent = false
    }
  }, [payload, sha256])
  return check
}
