import type { OpenCheckpoint } from './check-checkpoint.ts'
import type { RunProgress } from './check-events.ts'
import { attempt, formatKey, nameSigners } from './find-signer.ts'
import { countOf, type Findings, recordCheck, recordFault } from './findings.ts'
import type { Bundle } from './read-bundle.ts'
import { parseNote, type VerifierKey, verifyNote } from './signed-note.ts'
import { digestCheckpointText, parseStatementText, type RunHead } from './statement.ts'

/** Whether the signed statement speaks of this checkpoint and of exactly these runs, each to its last event. */
export async function checkStatement(
  bundle: Bundle,
  opened: OpenCheckpoint,
  signer: VerifierKey | undefined,
  runs: RunProgress[],
  findings: Findings,
): Promise<void> {
  const line = bundle.statement.line
  const report = (expected: string, actual: string, message: string, place = {}) =>
    recordFault(findings, 'statement', { line, ...place }, { expected, actual, message })
  const read = attempt(() => {
    const note = parseNote(bundle.statement.value.note)
    return { note, statement: parseStatementText(note.text) }
  })
  if ('fault' in read) {
    report('an export statement in a signed note', read.fault, `the statement cannot be read: ${read.fault}`)
    return
  }
  const { note, statement } = read
  const outcome = signer && (await verifyNote(note, signer))
  if (signer && outcome !== 'verified') {
    const actual = outcome === 'not-signed' ? nameSigners(note) : 'a wrong signature'
    report(formatKey(signer), actual, 'the statement is not signed by the key that signed the checkpoint')
  }
  const tenant = bundle.manifest.value.tenant
  if (statement.tenant !== tenant) {
    report(tenant, statement.tenant, 'the signed statement is about another tenant')
  }
  const digest = digestCheckpointText(opened.note.text)
  if (statement.checkpointDigest !== digest) {
    report(digest, statement.checkpointDigest, 'the signed statement belongs to another checkpoint')
  }
  compareHeads(statement.runs, runs, report)
  if (signer) recordCheck(findings, 'statement', `${countOf(runs.length, 'signed run head')} reached`)
}

function compareHeads(
  stated: RunHead[],
  runs: RunProgress[],
  report: (expected: string, actual: string, message: string, place?: object) => void,
): void {
  const here = new Map(runs.map((run) => [run.run_id, run]))
  const named = new Set<string>()
  for (const head of stated) {
    const run = here.get(head.run_id)
    const place = { run_id: head.run_id, ...(run && { seq: run.seq, line: run.line }) }
    const what = `run ${head.run_id}`
    if (named.has(head.run_id)) {
      report('each run once', what, `the signed statement names ${what} twice`, place)
    } else if (run === undefined) {
      const message = `${what} is missing here, the signed statement says it has ${head.seq} events`
      report(`${what} up to seq ${head.seq}`, 'no event', message, place)
    } else if (run.seq !== head.seq) {
      const message = `${what} ends at seq ${run.seq} here, the signed statement says ${head.seq}`
      report(`seq ${head.seq}`, `seq ${run.seq}`, message, place)
    } else if (run.head !== head.head) {
      report(head.head, run.head, `${what} ends with another event than the signed statement says`, place)
    }
    named.add(head.run_id)
  }
  for (const run of runs) {
    if (named.has(run.run_id)) continue
    const message = `run ${run.run_id} is here, but the signed statement does not name it`
    report('a run that the statement names', run.run_id, message, { run_id: run.run_id, line: run.line })
  }
}
