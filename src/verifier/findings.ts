import { CheckName, type Fault, type VerificationReport } from './schema.ts'

const MAX_TEXT = 300

/**
 * What the checks found so far. Every check runs to its end, so that the report shows which ones hold; the fault that
 * is named is the first one found, in the order of the log.
 */
export type Findings = {
  firstFault: Fault | undefined
  checks: Map<CheckName, { failures: number; detail: string }>
  notes: string[]
}

/** Which line, and of an event also which one. */
export type Place = Pick<Fault, 'line' | 'run_id' | 'seq' | 'event_id'>

export function startFindings(): Findings {
  return { firstFault: undefined, checks: new Map(), notes: [] }
}

/** Notes that a check was made; its detail stands in the report unless the check found a fault. */
export function recordCheck(findings: Findings, check: CheckName, detail: string): void {
  if (!findings.checks.has(check)) findings.checks.set(check, { failures: 0, detail: clipText(detail) })
}

/** Notes what could not be told from the bundle: neither a fault nor a proof. */
export function recordNote(findings: Findings, note: string): void {
  findings.notes.push(clipText(note))
}

export function recordFault(
  findings: Findings,
  check: CheckName,
  place: Place,
  fault: { expected: string; actual: string; message: string },
): void {
  const clipped = {
    expected: clipText(fault.expected),
    actual: clipText(fault.actual),
    message: clipText(fault.message),
  }
  findings.firstFault ??= { ...place, check, ...clipped }
  const known = findings.checks.get(check)
  if (known === undefined || known.failures === 0) {
    findings.checks.set(check, { failures: 1, detail: clipped.message })
  } else {
    known.failures += 1
  }
}

/** The checks that were made, in their order. */
export function listChecks(findings: Findings): VerificationReport['checks'] {
  return CheckName.options.flatMap((name) => {
    const check = findings.checks.get(name)
    if (check === undefined) return []
    const { failures, detail } = check
    const more = failures > 1 ? ` (the first of ${failures} faults of this check)` : ''
    return [{ name, ok: failures === 0, detail: `${detail}${more}` }]
  })
}

/** Texts of a hostile bundle may be megabytes; a report quotes their beginning. */
function clipText(text: string): string {
  return text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text
}

export function countOf(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}
