import { hashAtom } from './hash-atom.ts'
import { Atom } from './schema.ts'

export type AtomVerdict = { valid: true } | { valid: false; reason: string }

/** Whether a value is an atom and is what its hash says. Takes anything and never throws. */
export function verifyAtom(value: unknown): AtomVerdict {
  try {
    return checkAtom(value)
  } catch (error) {
    return { valid: false, reason: `cannot be checked: ${(error as Error).message}` }
  }
}

function checkAtom(value: unknown): AtomVerdict {
  const parsed = Atom.safeParse(value)
  if (!parsed.success) {
    const fault = parsed.error.issues[0]!
    return { valid: false, reason: `not an atom, at ${fault.path.join('.') || 'its root'}: ${fault.message}` }
  }
  // The value as it came, not the parsed copy: what was not looked at would not be vouched for.
  const atom = value as Atom
  if (atom.schema_id !== atom.type) {
    return {
      valid: false,
      reason: `schema_id is ${atom.schema_id} and type is ${atom.type}: they must agree`,
    }
  }
  const expected = hashAtom(atom)
  if (expected === atom.hash) return { valid: true }
  return { valid: false, reason: `its content hashes to ${expected}, but it says ${atom.hash}` }
}
