import type { Json } from '../../lib/canonical-json.ts'
import { hashAtom } from './hash-atom.ts'
import { normaliseJson } from './normalise-json.ts'
import { Atom, type AtomActor, type AtomHeader, type AtomStatus } from './schema.ts'

/** The version of the shape that atoms of this program have. */
export const ATOM_VERSION = '1.0.0'

export type AtomInput = {
  body: Json
  who: AtomActor
  did: string
  thisId: string
  /** What is left out of the other two is the moment it happened. */
  when: { ts: string | null; recv_ts?: string | null; commit_ts?: string | null }
  status: AtomStatus
  traceId: string
  contextId: string
  ownerId: string
  prevHash?: string | undefined
  confirmedBy?: AtomHeader['confirmed_by']
  ifOk?: string | undefined
  ifDoubt?: string | undefined
  ifNot?: string | undefined
  metrics?: Record<string, number> | undefined
} & (
  | {
      /** A whole type such as `step.tool@1.0.0`. */
      type: string
      kind?: never
    }
  | {
      /** The kind of an event; its type becomes `event.<kind>@1.0.0`. */
      kind: string
      type?: never
    }
)

/**
 * Builds an atom and seals it with its hash. Texts are brought into Unicode form NFC first.
 *
 * @throws TypeError when something in it is not JSON, e.g. a number that is not finite, or not of an atom's shape.
 */
export function buildAtom(input: AtomInput): Atom {
  const type = input.type ?? `event.${input.kind}@${ATOM_VERSION}`
  const { ts, recv_ts = ts, commit_ts = ts } = input.when
  const unsealed = normaliseJson(
    {
      type,
      schema_id: type,
      body: input.body,
      meta: {
        header: {
          who: input.who,
          did: input.did,
          this: { id: input.thisId },
          when: { ts, recv_ts, commit_ts },
          confirmed_by: input.confirmedBy,
          if_ok: input.ifOk,
          if_doubt: input.ifDoubt,
          if_not: input.ifNot,
          status: input.status,
        },
        trace_id: input.traceId,
        context_id: input.contextId,
        owner_id: input.ownerId,
        version: ATOM_VERSION,
        metrics: input.metrics,
      },
      prev_hash: input.prevHash,
    },
    'atom',
  ) as Omit<Atom, 'hash'>
  const atom = { ...unsealed, hash: hashAtom(unsealed) }
  const checked = Atom.safeParse(atom)
  if (checked.success) return atom
  const fault = checked.error.issues[0]!
  throw new TypeError(`not an atom, at ${fault.path.join('.')}: ${fault.message}`)
}
