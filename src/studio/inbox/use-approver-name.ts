import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { installationQuery } from '../api/queries.ts'
import { readStored, writeStored } from '../ui/use-stored.ts'

const NAME_KEY = 'countersign.approver-name'

/** The label an answer is recorded under: what was used last, else the principal's own name. */
export function useApproverName() {
  const principal = useQuery(installationQuery).data?.principal
  const own = principal?.name ?? ''
  const [typed, setTyped] = useState<string | null>(() => readStored(NAME_KEY))
  const name = typed ?? own
  return {
    name,
    setName: setTyped,
    /** Who the ledger records beside the label. */
    signedInAs: principal ? `${principal.name} (${principal.id})` : '',
    remember: () => writeStored(NAME_KEY, name.trim() === own ? null : name.trim()),
  }
}
