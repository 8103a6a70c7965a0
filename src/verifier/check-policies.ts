import { nameEvent, type ReadEvent } from './check-events.ts'
import { countOf, type Findings, recordCheck, recordFault } from './findings.ts'
import { hashJson } from './hash-json.ts'
import type { Bundle } from './read-bundle.ts'

/** Whether the policies in the bundle are those that the decisions name, to the letter. */
export function checkPolicies(bundle: Bundle, events: ReadEvent[], findings: Findings): void {
  const present = new Set<string>()
  for (const { line, value } of bundle.policySets) {
    present.add(value.policy_sha256)
    const actual = hashPolicies(value.policies)
    if (actual === value.policy_sha256) continue
    const message = `the policies in line ${line} do not have the hash they are named by: they were altered`
    recordFault(findings, 'policy', { line }, { expected: value.policy_sha256, actual, message })
  }
  let decisions = 0
  for (const { place, body } of events) {
    if (body.kind !== 'decision_recorded') continue
    decisions += 1
    const named = body.payload.policy_sha256
    if (typeof named === 'string' && present.has(named)) continue
    recordFault(findings, 'policy', place, {
      expected: 'the policies of this version in the bundle',
      actual: String(named),
      message: `${nameEvent(place)}: the policies it was decided by are not in the bundle`,
    })
  }
  const versions = countOf(bundle.policySets.length, 'policy version')
  recordCheck(findings, 'policy', `${versions} for ${countOf(decisions, 'decision')}`)
}

function hashPolicies(policies: unknown[]): string {
  try {
    return hashJson(policies)
  } catch (error) {
    return (error as Error).message
  }
}
