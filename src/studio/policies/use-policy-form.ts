import { useState } from 'react'
import { policyText } from '../text-policies.ts'
import { draftOf, type PolicyDraft, policyOf } from './policy-draft.ts'

type Fault = { path: string; message: string }
const NONE: ReadonlyMap<string, string> = new Map()

export type PolicyFormState = ReturnType<typeof usePolicyForm>

/** A policy while it is written, as a form or as the JSON of the same thing. */
export function usePolicyForm(initial: Parameters<typeof draftOf>[0]) {
  const [draft, setDraft] = useState<PolicyDraft>(() => draftOf(initial))
  /** Null while it is written as a form. */
  const [json, setJson] = useState<string | null>(null)
  const [faults, setFaults] = useState(NONE)

  const readJson = (): object | null => {
    try {
      const value: unknown = JSON.parse(json ?? '')
      if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value
    } catch {}
    setFaults(new Map([['', policyText.policy.notJson]]))
    return null
  }
  return {
    draft,
    json,
    faults,
    change(next: PolicyDraft) {
      setDraft(next)
      setFaults(NONE)
    },
    changeJson(next: string) {
      setJson(next)
      setFaults(NONE)
    },
    toJson() {
      setJson(JSON.stringify(policyOf(draft), null, 2))
      setFaults(NONE)
    },
    toForm() {
      const value = readJson()
      if (!value) return
      setDraft(draftOf(value))
      setJson(null)
      setFaults(NONE)
    },
    /** What would be sent; null where it is no JSON, which the form then says. */
    read: (): object | null => (json === null ? policyOf(draft) : readJson()),
    /** Puts what the server found wrong to the fields. `prefix`: where the policy stood in what was sent. */
    showFaults(found: Fault[], prefix = '') {
      const placed = found.map(({ path, message }): [string, string] => [
        path.startsWith(prefix) ? path.slice(prefix.length) : path,
        message,
      ])
      setFaults(new Map(placed))
    },
  }
}
