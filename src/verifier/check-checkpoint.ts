import { type Checkpoint, originNamesTenant, parseCheckpoint } from './checkpoint.ts'
import { attempt, findSigner, formatKey, nameSigners } from './find-signer.ts'
import { countOf, type Findings, recordCheck, recordFault } from './findings.ts'
import type { Bundle } from './read-bundle.ts'
import { parseNote, parseVerifierKey, type SignedNote, type VerifierKey } from './signed-note.ts'

/** A checkpoint with the note it came in; its signatures are not checked yet. */
export type OpenCheckpoint = { note: SignedNote; checkpoint: Checkpoint }

/** Takes a checkpoint's note apart, or says why it is none. */
export function openCheckpoint(note: string): OpenCheckpoint | { fault: string } {
  return attempt(() => {
    const parsed = parseNote(note)
    return { note: parsed, checkpoint: parseCheckpoint(parsed.text) }
  })
}

/**
 * Who signed the checkpoint: one of the trusted keys where any are given, else one of the keys in the bundle, which
 * proves no more than that the bundle agrees with itself.
 */
export async function checkCheckpointSignature(
  bundle: Bundle,
  opened: OpenCheckpoint | { fault: string },
  trustedKeys: string[],
  findings: Findings,
): Promise<VerifierKey | undefined> {
  const place = { line: bundle.checkpoint.line }
  const report = (expected: string, actual: string, message: string) =>
    recordFault(findings, 'checkpoint-signature', place, { expected, actual, message })
  const bundleKeys = readBundleKeys(bundle, findings)
  if ('fault' in opened) {
    report('a checkpoint in a signed note', opened.fault, `the checkpoint cannot be read: ${opened.fault}`)
    return undefined
  }
  const trusted = readTrustedKeys(trustedKeys, report)
  if (trusted === undefined) return undefined
  const candidates = trustedKeys.length > 0 ? trusted : bundleKeys
  const { signer, wrong } = await findSigner(opened.note, candidates)
  if (signer === undefined) {
    const expected = candidates.map(formatKey).join(' or ') || 'a key in the bundle'
    if (wrong !== undefined) {
      const message = `the checkpoint does not have the signature of ${formatKey(wrong)}: it or the signature was altered`
      report(expected, 'a signature that does not fit the text', message)
      return undefined
    }
    const other = (await findSigner(opened.note, bundleKeys)).signer
    const actual = other ? formatKey(other) : nameSigners(opened.note)
    const whose = trustedKeys.length > 0 ? 'a trusted key' : 'a key in the bundle'
    report(expected, actual, `the checkpoint is not signed by ${whose}: it is signed by ${actual}`)
    return undefined
  }
  if (signer.name !== opened.checkpoint.origin) {
    const message = 'the checkpoint names one log and its key another'
    report(opened.checkpoint.origin, signer.name, message)
  }
  const standing = trustedKeys.length > 0 ? 'a trusted key' : 'a key that only the bundle names'
  recordCheck(findings, 'checkpoint-signature', `signed by ${formatKey(signer)}, ${standing}`)
  return signer
}

/** Whether the log's name ends in the tenant of the bundle. */
export function checkOrigin(bundle: Bundle, checkpoint: Checkpoint, findings: Findings): void {
  const tenant = bundle.manifest.value.tenant
  if (!originNamesTenant(checkpoint.origin, tenant)) {
    const message = `the checkpoint belongs to the log ${checkpoint.origin}, not to tenant ${tenant}`
    const fault = { expected: `a log whose name ends in /${tenant}`, actual: checkpoint.origin, message }
    recordFault(findings, 'origin', { line: bundle.checkpoint.line }, fault)
  }
  recordCheck(findings, 'origin', `${checkpoint.origin} is the log of tenant ${tenant}`)
}

function readBundleKeys(bundle: Bundle, findings: Findings): VerifierKey[] {
  const keys: VerifierKey[] = []
  for (const { line, value } of bundle.keys) {
    const key = attempt(() => parseVerifierKey(value.vkey))
    if ('fault' in key) {
      const message = `the key in line ${line} is not a verifier key: ${key.fault}`
      recordFault(findings, 'key', { line }, { expected: 'a verifier key', actual: value.vkey, message })
    } else {
      keys.push(key)
    }
  }
  recordCheck(findings, 'key', `${countOf(keys.length, 'key')} in the bundle`)
  return keys
}

function readTrustedKeys(
  vkeys: string[],
  report: (expected: string, actual: string, message: string) => void,
): VerifierKey[] | undefined {
  const keys: VerifierKey[] = []
  for (const vkey of vkeys) {
    const key = attempt(() => parseVerifierKey(vkey.trim()))
    if ('fault' in key) {
      report('a verifier key', vkey, `the trusted key given is not a verifier key: ${key.fault}`)
      return undefined
    }
    keys.push(key)
  }
  return keys
}
