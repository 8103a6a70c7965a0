import { type AtomInput, buildAtom } from './build-atom.ts'
import type { Atom } from './schema.ts'
import { verifyAtom } from './verify-atom.ts'

export type ChainVerdict =
  | { valid: true; length: number; head: string | null }
  /** `index` is the place of the first atom that breaks the chain, counted from 0. */
  | { valid: false; index: number; id: string | null; reason: string }

/** Builds atoms in order, each holding the hash of the one before; the first holds `prevHash` where a chain goes on. */
export function chainAtoms(inputs: readonly AtomInput[], prevHash?: string): Atom[] {
  const atoms: Atom[] = []
  let previous = prevHash
  for (const input of inputs) {
    const atom = buildAtom({ ...input, prevHash: previous })
    atoms.push(atom)
    previous = atom.hash
  }
  return atoms
}

/**
 * Checks a list of atoms that must follow one another without a gap. An end that was cut off cannot be seen from the
 * list itself: compare `head` with a hash that is known from elsewhere.
 */
export function verifyChain(atoms: readonly unknown[], prevHash?: string): ChainVerdict {
  let previous = prevHash
  for (const [index, value] of atoms.entries()) {
    const verdict = verifyAtom(value)
    if (!verdict.valid) return { valid: false, index, id: idOf(value), reason: verdict.reason }
    const atom = value as Atom
    if (atom.prev_hash !== previous) {
      const reason = `expected prev_hash ${previous ?? 'absent'}, got ${atom.prev_hash ?? 'none'}`
      return { valid: false, index, id: idOf(value), reason }
    }
    previous = atom.hash
  }
  return { valid: true, length: atoms.length, head: previous ?? null }
}

function idOf(value: unknown): string | null {
  const id = (value as Partial<Atom> | null)?.meta?.header?.this?.id
  return typeof id === 'string' ? id : null
}
