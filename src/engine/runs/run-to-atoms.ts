import type { LedgerEvent } from '../../kernel/ledger/seal-event.ts'
import { eventToAtom } from '../atomic/event-to-atom.ts'
import type { Atom } from '../atomic/schema.ts'
import { presentRunEvent } from './present-run.ts'
import type { Run } from './schema.ts'

/** The events of a run as a chain of atoms, which anybody can check without this program. */
export function runToAtoms(run: Pick<Run, 'id' | 'tenant_id' | 'mode'>, events: LedgerEvent[]): Atom[] {
  const atoms: Atom[] = []
  for (const event of events) {
    const shown = { ...presentRunEvent(event), recorded_at: event.recordedAt }
    atoms.push(eventToAtom(shown, run, atoms.at(-1)?.hash))
  }
  return atoms
}
