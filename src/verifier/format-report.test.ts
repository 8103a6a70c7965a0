import { expect, test } from 'vitest'
import { exitCodeOf, formatReport } from './format-report.ts'
import { CheckName, type VerificationReport } from './schema.ts'

const VERIFIED: VerificationReport = {
  verdict: 'verified',
  signer: 'countersign.local/default+1a2b3c4d+AQ==',
  runs: [{ run_id: 'run_1', events: 10, head: 'ab12' }],
  checkpoint: { origin: 'countersign.local/default', size: 14, root: 'cm9vdA==' },
  checks: [
    { name: 'lines', ok: true, detail: '15 lines' },
    { name: 'hash', ok: true, detail: '10 events' },
  ],
}
const BROKEN: VerificationReport = {
  ...VERIFIED,
  verdict: 'broken',
  checks: [
    { name: 'lines', ok: true, detail: '15 lines' },
    { name: 'hash', ok: false, detail: 'event 5 of run run_1: altered' },
  ],
  firstFault: {
    run_id: 'run_1',
    seq: 5,
    event_id: 'evt_5',
    line: 6,
    check: 'hash',
    expected: 'aa',
    actual: 'bb',
    message: 'event 5 of run run_1: altered',
  },
}

test('the verdict stands first and sets the exit code', () => {
  expect(formatReport(VERIFIED)).toBe(`VERIFIED: nothing was changed, and the signer is one you know.
log       countersign.local/default: 14 events, root cm9vdA==
signer    countersign.local/default+1a2b3c4d+AQ==
run       run_1: 10 events, head ab12
passed    lines, hash
`)
  expect(
    ['verified', 'broken', 'consistent-signer-unknown'].map((verdict) => exitCodeOf(verdict as 'broken')),
  ).toEqual([0, 1, 2])
})

test('a fault says where it is, what was expected and what was found', () => {
  expect(formatReport(BROKEN)).toBe(`BROKEN: this is not what was recorded.
fault     event 5 of run run_1: altered
where     line 6, event evt_5; check 'hash'
expected  aa
actual    bb
log       countersign.local/default: 14 events, root cm9vdA==
signer    countersign.local/default+1a2b3c4d+AQ==
run       run_1: 10 events, head ab12
passed    lines
failed    hash: event 5 of run run_1: altered
`)
})

test('an unknown signer is told what to do next', () => {
  const report = formatReport({ ...VERIFIED, verdict: 'consistent-signer-unknown' })
  expect(report).toContain('CONSISTENT, SIGNER UNKNOWN')
  expect(report).toContain('verify again with --key')
})

test('a report never has more than 20 lines and draws nothing on the terminal', () => {
  const redraw = '\u001b[2J\u001b[31mVERIFIED\n\u202eVERIFIED'
  const report = formatReport({
    verdict: 'broken',
    signer: redraw,
    runs: Array.from({ length: 50 }, (_, at) => ({ run_id: `${redraw}${at}`, events: 1, head: 'ab' })),
    checkpoint: { origin: redraw, size: 1, root: redraw },
    checks: CheckName.options.map((name) => ({ name, ok: false, detail: redraw.repeat(100) })),
    firstFault: {
      line: 1,
      check: 'lines',
      event_id: redraw,
      expected: redraw,
      actual: redraw,
      message: redraw,
    },
  })
  const lines = report.split('\n')
  expect(lines.length - 1).toBeLessThanOrEqual(20)
  expect(lines.filter((line) => line.startsWith('VERIFIED'))).toEqual([])
  // biome-ignore lint/suspicious/noControlCharactersInRegex: their absence is the claim
  expect(report.replaceAll('\n', '')).not.toMatch(/[\u0000-\u001f\u202e]/)
  expect(report).toContain('\\u{1b}[2J')
})
