import { AuthenticationMethod } from './schema.ts'

type Payload = Record<string, unknown>

/** What is wanted of an approval: how many different people, whether another than who asked, how they prove who they are. */
export type Terms = { people: number; otherPerson: boolean; method: AuthenticationMethod | undefined }

/** The terms as a request carries them, and a decision in its `approval`. */
export function readTerms(terms: unknown): Terms {
  const { required_approvals, forbid_self_approval, require_fresh_authentication } = (terms ?? {}) as Payload
  const method = AuthenticationMethod.safeParse(require_fresh_authentication)
  return {
    people: typeof required_approvals === 'number' ? Math.max(1, required_approvals) : 1,
    otherPerson: forbid_self_approval === true,
    method: method.success ? method.data : undefined,
  }
}

export function stricterTerms(left: Terms, right: Terms): Terms {
  return {
    people: Math.max(left.people, right.people),
    otherPerson: left.otherPerson || right.otherPerson,
    method: isAsStrong(left.method, right.method) ? left.method : right.method,
  }
}

/** A passkey does for a password; where nothing is wanted, anything does. */
export const isAsStrong = (given: unknown, wanted: AuthenticationMethod | undefined): boolean =>
  wanted === undefined || given === 'passkey' || given === wanted

/** Who asked, and each who said yes, with the proof that came along. */
export type Given = { asker: string; approvers: ReadonlyMap<string, AuthenticationMethod | undefined> }
type Lack = { expected: string; actual: string }

/** What an approval lacks of the terms; nothing where it lacks nothing. */
export function findLack(terms: Terms, given: Given): Lack | undefined {
  const approvers = [...given.approvers.keys()]
  return (
    findMissingPeople(terms, given) ??
    approvers.map((approver) => findUnfit(terms, given.asker, approver)).find(Boolean) ??
    findUnproved(terms, given)
  )
}

export function findMissingPeople({ people }: Terms, { approvers }: Given): Lack | undefined {
  if (approvers.size >= people) return undefined
  return { expected: `${people} different approvers`, actual: String(approvers.size) }
}

/** Somebody whose word does not count here: whoever asked, or a key where people are wanted. */
export function findUnfit(terms: Terms, asker: string, approver: string): Lack | undefined {
  const { people, otherPerson, method } = terms
  if (otherPerson && approver === asker)
    return { expected: 'another person than who asked', actual: approver }
  const wantsPerson = people > 1 || otherPerson || method !== undefined
  if (!wantsPerson || approver.startsWith('user:')) return undefined
  return { expected: 'a signed-in person', actual: approver }
}

export function findUnproved({ method: wanted }: Terms, { approvers }: Given): Lack | undefined {
  const weaker = [...approvers].find(([, method]) => !isAsStrong(method, wanted))
  return weaker && { expected: String(wanted), actual: weaker[1] ?? 'none' }
}
