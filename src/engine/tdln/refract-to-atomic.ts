import { payloadHash } from '../../lib/hash.ts'
import { buildAtom } from '../atomic/build-atom.ts'
import type { Atom, AtomActor } from '../atomic/schema.ts'
import { refract } from './refract.ts'

/** Where and when it is done. Left out, the atom is about the text alone, and the same text gives the same atom. */
export type RefractionContext = {
  who?: AtomActor
  now?: string
  runId?: string
  stepId?: string
  tenantId?: string
  mode?: 'draft' | 'auto'
}

/**
 * The tokens of a text as an atom of type `text.refracted@1.0.0`. Atoms hold texts in Unicode form NFC, so the text in it
 * may be spelled with other characters than the one given, but never reads otherwise.
 *
 * @throws TypeError when the text has half a character in it, which JSON cannot carry.
 */
export function refractToAtomic(
  text: string,
  language = 'en',
  { who, now, runId, stepId, tenantId, mode = 'auto' }: RefractionContext = {},
): Atom {
  const composed = text.normalize('NFC')
  const textId = `text_${payloadHash({ text: composed, language }).slice(0, 32)}`
  return buildAtom({
    type: 'text.refracted@1.0.0',
    body: { text: composed, language, components: refract(composed, language) },
    who: who ?? { id: 'system:countersign', role: 'engine' },
    did: 'refract_text',
    thisId: textId,
    when: { ts: now ?? null },
    status: mode === 'draft' ? 'REVIEW' : 'APPROVE',
    traceId: runId ?? textId,
    contextId: stepId ?? runId ?? textId,
    ownerId: tenantId ?? 'default',
  })
}
