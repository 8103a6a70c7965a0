import { decodeBase64, encodeBase64 } from './base64.ts'
import { openCheckpoint } from './check-checkpoint.ts'
import type { Checkpoint } from './checkpoint.ts'
import { findSigner, formatKey, nameSigners } from './find-signer.ts'
import { type Findings, recordCheck, recordFault } from './findings.ts'
import { equalBytes, verifyConsistency } from './merkle.ts'
import type { Bundle } from './read-bundle.ts'
import type { VerifierKey } from './signed-note.ts'

/**
 * Whether the log still begins with what an earlier checkpoint says: the one proof against a log that was rewritten by
 * whoever holds its key.
 */
export async function checkEarlierCheckpoint(
  bundle: Bundle,
  current: Checkpoint,
  keys: VerifierKey[],
  earlierNote: string,
  findings: Findings,
): Promise<void> {
  const report = (expected: string, actual: string, message: string, line = bundle.checkpoint.line) =>
    recordFault(findings, 'earlier-checkpoint', { line }, { expected, actual, message })
  const opened = openCheckpoint(earlierNote)
  if ('fault' in opened) {
    report(
      'a checkpoint in a signed note',
      opened.fault,
      `the earlier checkpoint cannot be read: ${opened.fault}`,
    )
    return
  }
  const earlier = opened.checkpoint
  const { signer } = await findSigner(opened.note, keys)
  if (signer === undefined) {
    const actual = nameSigners(opened.note)
    report(keys.map(formatKey).join(' or '), actual, 'the earlier checkpoint is not signed by the same key')
    return
  }
  if (earlier.origin !== current.origin) {
    report(earlier.origin, current.origin, 'the earlier checkpoint is of another log')
    return
  }
  const sizes = `the earlier checkpoint has ${earlier.size} events, this one ${current.size}`
  if (earlier.size > current.size) {
    const message = `the log went backwards: ${sizes} — events are missing at the end`
    report(`at least ${earlier.size} events`, `${current.size} events`, message)
    return
  }
  const proofLine = bundle.consistency.find(({ value }) => value.from_size === earlier.size)
  if (earlier.size === current.size) {
    if (!equalBytes(earlier.root, current.root)) {
      const message = `the log was rewritten: ${sizes}, but their roots differ`
      report(encodeBase64(earlier.root), encodeBase64(current.root), message)
    }
  } else if (earlier.size > 0 && proofLine === undefined) {
    const message = `the bundle has no proof that this log continues the earlier one: ${sizes}; export it again from there`
    report(`a consistency proof from size ${earlier.size}`, 'none', message)
  } else {
    const proof = (proofLine?.value.proof ?? []).map((element) => decodeBase64(element) ?? new Uint8Array())
    if (!verifyConsistency(earlier.size, earlier.root, current.size, current.root, proof)) {
      const message = `the consistency proof does not hold: ${sizes}, and the log no longer begins with the earlier one`
      report('a proof that leads to both roots', 'another root', message, proofLine?.line)
    }
  }
  recordCheck(findings, 'earlier-checkpoint', `this log continues the earlier one: ${sizes}`)
}
