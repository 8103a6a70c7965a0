import { encodeBase64 } from './base64.ts'
import { checkBindings, inRecordedOrder } from './check-bindings.ts'
import { checkCheckpointSignature, checkOrigin, openCheckpoint } from './check-checkpoint.ts'
import { checkEarlierCheckpoint } from './check-earlier-checkpoint.ts'
import { checkEvents, type ReadEvent } from './check-events.ts'
import { checkFreshAuthentication } from './check-fresh-authentication.ts'
import { checkPolicies } from './check-policies.ts'
import { checkStatement } from './check-statement.ts'
import { countOf, type Findings, listChecks, recordCheck, recordFault, startFindings } from './findings.ts'
import { type Bundle, readBundle } from './read-bundle.ts'
import type { VerificationReport } from './schema.ts'
import { formatVerifierKey, parseVerifierKey } from './signed-note.ts'

export type VerifyOptions = {
  /** Verifier keys that the reader got from somewhere else than this bundle. */
  trustedKeys?: string[]
  /** The note of a checkpoint of the same log that the reader kept. */
  earlierCheckpoint?: string
}

/**
 * Verifies an export from its text alone: no server, no database, no clock. Whatever the text is, the answer is a
 * report and never an error, with the first fault named. It is *verified* only against something the reader already
 * held, a key or an earlier checkpoint; a bundle that merely agrees with itself is *consistent, signer unknown*.
 *
 * @throws Ed25519UnavailableError when the environment cannot check signatures at all.
 */
export async function verifyBundle(ndjson: string, options: VerifyOptions = {}): Promise<VerificationReport> {
  const findings = startFindings()
  const bundle = readBundle(ndjson, findings)
  if (bundle === undefined) return makeReport(findings, { anchored: false })

  const { trustedKeys = [], earlierCheckpoint } = options
  const opened = openCheckpoint(bundle.checkpoint.value.note)
  const checkpoint = 'fault' in opened ? undefined : opened.checkpoint
  const { events, runs } = checkEvents(bundle, checkpoint, findings)
  const signer = await checkCheckpointSignature(bundle, opened, trustedKeys, findings)
  if (!('fault' in opened)) await checkStatement(bundle, opened, signer, runs, findings)
  checkManifest(bundle, events, findings)
  if (checkpoint) checkOrigin(bundle, checkpoint, findings)
  if (checkpoint && signer && earlierCheckpoint !== undefined) {
    // After a rotation the earlier checkpoint bears the old key: that counts when the reader trusts it by itself.
    const keys = [signer, ...trustedKeys.map((vkey) => parseVerifierKey(vkey.trim()))]
    await checkEarlierCheckpoint(bundle, checkpoint, keys, earlierCheckpoint, findings)
  }
  checkPolicies(bundle, events, findings)
  checkBindings(events, bundle.manifest.value.scope, findings)
  await checkFreshAuthentication(inRecordedOrder(events), findings)

  return makeReport(findings, {
    anchored: trustedKeys.length > 0 || earlierCheckpoint !== undefined,
    signer: signer && formatVerifierKey(signer.name, signer.publicKey),
    runs: runs.map(({ run_id, events: count, head }) => ({ run_id, events: count, head })),
    checkpoint: checkpoint && {
      origin: checkpoint.origin,
      size: checkpoint.size,
      root: encodeBase64(checkpoint.root),
    },
  })
}

/** The manifest is not signed: it is only held against what was proved otherwise. */
function checkManifest(bundle: Bundle, events: ReadEvent[], findings: Findings): void {
  const { line, value: manifest } = bundle.manifest
  const report = (expected: string, actual: string, message: string) =>
    recordFault(findings, 'manifest', { line }, { expected, actual, message })
  const count = bundle.events.length
  if (manifest.event_count !== count) {
    const message = `the manifest says ${manifest.event_count} events, the bundle has ${count}`
    report(`${manifest.event_count} events`, `${count} events`, message)
  }
  if (count === 0) report('at least one event', 'none', 'the bundle has no event, so it proves nothing')
  if ('decision_id' in manifest.scope) {
    const decision = manifest.scope.decision_id
    if (!events.some(({ body }) => namesDecision(body.payload, decision))) {
      report(`an event of decision ${decision}`, 'none', `no event here belongs to decision ${decision}`)
    }
  }
  recordCheck(findings, 'manifest', `${countOf(count, 'event')}, as the manifest says`)
}

function namesDecision(payload: Record<string, unknown>, decision: string): boolean {
  if (payload.decision_id === decision) return true
  // A receipt from outside names its decision inside its approval.
  const approval = payload.approval
  return (
    typeof approval === 'object' &&
    approval !== null &&
    'decision_id' in approval &&
    approval.decision_id === decision
  )
}

function makeReport(
  findings: Findings,
  found: {
    anchored: boolean
    signer?: string | undefined
    runs?: VerificationReport['runs']
    checkpoint?: VerificationReport['checkpoint'] | undefined
  },
): VerificationReport {
  const sound = found.anchored ? 'verified' : 'consistent-signer-unknown'
  return {
    verdict: findings.firstFault ? 'broken' : sound,
    signer: found.signer ?? null,
    runs: found.runs ?? [],
    checkpoint: found.checkpoint ?? null,
    checks: listChecks(findings),
    ...(findings.notes.length > 0 && { notes: findings.notes }),
    ...(findings.firstFault && { firstFault: findings.firstFault }),
  }
}
