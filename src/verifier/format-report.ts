import type { VerificationReport } from './schema.ts'

const WIDTH = 110
const MAX_RUNS = 4
const MAX_FAILED = 4
const MAX_NOTES = 2

const HEADLINE = {
  verified: 'VERIFIED: nothing was changed, and the signer is one you know.',
  'consistent-signer-unknown':
    'CONSISTENT, SIGNER UNKNOWN: nothing contradicts, but only the bundle itself says whose key this is.',
  broken: 'BROKEN: this is not what was recorded.',
} as const

/** What the command-line verifier exits with. */
export function exitCodeOf(verdict: VerificationReport['verdict']): 0 | 1 | 2 {
  switch (verdict) {
    case 'verified':
      return 0
    case 'broken':
      return 1
    case 'consistent-signer-unknown':
      return 2
  }
}

/** The report for a terminal: at most 20 lines, the verdict first, then the fault, then what was checked. */
export function formatReport(report: VerificationReport): string {
  const lines = [
    HEADLINE[report.verdict],
    ...faultLines(report),
    ...subjectLines(report),
    ...checkLines(report),
    ...noteLines(report),
    ...adviceLines(report),
  ]
  return `${lines.map(printable).join('\n')}\n`
}

function faultLines({ firstFault }: VerificationReport): string[] {
  if (firstFault === undefined) return []
  const event = firstFault.event_id === undefined ? '' : `, event ${firstFault.event_id}`
  return [
    `fault     ${firstFault.message}`,
    `where     line ${firstFault.line}${event}; check '${firstFault.check}'`,
    `expected  ${firstFault.expected}`,
    `actual    ${firstFault.actual}`,
  ]
}

function subjectLines({ signer, checkpoint, runs }: VerificationReport): string[] {
  const shown = runs.slice(0, MAX_RUNS).map(({ run_id, events, head }) => {
    return `run       ${run_id}: ${events} ${events === 1 ? 'event' : 'events'}, head ${head}`
  })
  const more = runs.length - shown.length
  return [
    ...(checkpoint
      ? [`log       ${checkpoint.origin}: ${checkpoint.size} events, root ${checkpoint.root}`]
      : []),
    ...(signer === null ? [] : [`signer    ${signer}`]),
    ...shown,
    ...(more > 0 ? [`          and ${more} more ${more === 1 ? 'run' : 'runs'}`] : []),
  ]
}

function checkLines({ checks }: VerificationReport): string[] {
  const passed = checks.filter(({ ok }) => ok).map(({ name }) => name)
  const failed = checks.filter(({ ok }) => !ok)
  const shown = failed.slice(0, MAX_FAILED).map(({ name, detail }) => `failed    ${name}: ${detail}`)
  const more = failed.slice(MAX_FAILED).map(({ name }) => name)
  return [
    ...(passed.length > 0 ? [`passed    ${passed.join(', ')}`] : []),
    ...shown,
    ...(more.length > 0 ? [`failed    ${more.join(', ')}`] : []),
  ]
}

function noteLines({ notes = [] }: VerificationReport): string[] {
  const shown = notes.length > MAX_NOTES ? notes.slice(0, MAX_NOTES - 1) : notes
  const more = notes.length - shown.length
  return [
    ...shown.map((note) => `note      ${note}`),
    ...(more > 0 ? [`          and ${more} more like it`] : []),
  ]
}

function adviceLines({ verdict }: VerificationReport): string[] {
  if (verdict !== 'consistent-signer-unknown') return []
  return [
    'next      Get the verifier key from the operator by another way than this bundle, and verify again with --key;',
    '          or give a checkpoint that you kept from before.',
  ]
}

/** Names in a hostile bundle may hold escape sequences that would redraw the terminal: show them instead. */
function printable(line: string): string {
  const shown = line.replaceAll(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, (character) => {
    return `\\u{${character.codePointAt(0)?.toString(16)}}`
  })
  return shown.length > 2 * WIDTH ? `${shown.slice(0, 2 * WIDTH)}…` : shown
}
