import { expect } from 'vitest'
import { formatBundle } from './build-bundle.ts'
import { hashJson } from './hash-json.ts'
import type { BundleLine, EventLine, Fault, VerificationReport } from './schema.ts'
import {
  createTestSigner,
  type ExportOptions,
  exportTestLog,
  logEvents,
  type TestEvent,
  type TestLog,
  type TestSigner,
} from './test-bundle.ts'
import { type VerifyOptions, verifyBundle } from './verify-bundle.ts'

export const RUN = 'run_purchase'
export const POLICIES = [
  { id: 'purchase-threshold', effect: 'require_approval', when: { amount: { above: 100 } } },
]
export const POLICY_SHA256 = hashJson(POLICIES)
export const PURCHASE = { amount: 500, currency: 'EUR', merchant: 'Größe & Söhne' }
export const PURCHASE_SHA256 = hashJson(PURCHASE)
const bound = { decision_id: 'dec_1', payload: PURCHASE, payload_sha256: PURCHASE_SHA256 }

export const DECISION = {
  run: RUN,
  kind: 'decision_recorded',
  payload: { ...bound, action: 'purchase.create', effect: 'require_approval', policy_sha256: POLICY_SHA256 },
}
export const REQUEST = {
  run: RUN,
  kind: 'approval_requested',
  event_id: 'evt_request',
  payload: { ...bound, title: 'Buy' },
}
export const APPROVAL = {
  run: RUN,
  kind: 'approval_resolved',
  payload: {
    decision_id: 'dec_1',
    target_event_id: 'evt_request',
    status: 'approved',
    payload_sha256: PURCHASE_SHA256,
  },
}
export const MINT = {
  run: RUN,
  kind: 'execution_token_minted',
  payload: { ...bound, jti: 'jti_1', action: 'purchase.create', policy_sha256: POLICY_SHA256 },
}
export const INTENT = {
  run: RUN,
  kind: 'effect_intended',
  payload: { ...bound, jti: 'jti_1', action: 'purchase.create', effect_id: 'eff_1' },
}
export const COMPLETION = {
  run: RUN,
  kind: 'effect_completed',
  payload: { effect_id: 'eff_1', decision_id: 'dec_1', action: 'purchase.create', result: {} },
}
export const NOTE = { run: 'run_other', kind: 'receipt_ingested', payload: { title: 'something else' } }
/** Ten events of the purchase's run among others of the tenant. */
export const STORY: TestEvent[] = [
  NOTE,
  { run: RUN, kind: 'receipt_ingested', payload: { title: 'a wish' } },
  DECISION,
  REQUEST,
  NOTE,
  APPROVAL,
  MINT,
  INTENT,
  NOTE,
  COMPLETION,
  ...[1, 2, 3].map((n) => ({ run: RUN, kind: 'receipt_recorded', payload: { title: `summary ${n}` } })),
  NOTE,
]

export type Purchase = { signer: TestSigner; log: TestLog; lines: BundleLine[] }

/** The story in a log and its export. In `lines`, the event of seq n stands in line n + 1. */
export async function recordPurchase(): Promise<Purchase> {
  const signer = await createTestSigner('countersign.local/default')
  const log = logEvents('default', STORY)
  return { signer, log, lines: await exportPurchase(log, { signer, policySets: [POLICIES] }) }
}

export function exportPurchase(
  log: TestLog,
  options: Omit<ExportOptions, 'scope'> & Partial<ExportOptions>,
): Promise<BundleLine[]> {
  return exportTestLog(log, { scope: { run_id: RUN }, ...options })
}

export function verifyLines(lines: BundleLine[], options?: VerifyOptions): Promise<VerificationReport> {
  return verifyBundle(formatBundle(lines), options)
}

export function isEvent(line: BundleLine): line is EventLine {
  return line.type === 'event'
}

export function eventAt(lines: BundleLine[], seq: number): EventLine {
  return lines.filter(isEvent).find((line) => line.seq === seq)!
}

export function changeEvent(
  lines: BundleLine[],
  seq: number,
  change: (event: EventLine) => EventLine,
): BundleLine[] {
  return lines.map((line) => (isEvent(line) && line.seq === seq ? change(line) : line))
}

export function changeCanon(
  lines: BundleLine[],
  seq: number,
  change: (canon: string) => string,
): BundleLine[] {
  return changeEvent(lines, seq, (event) => ({ ...event, canon: change(event.canon) }))
}

export function changeLine<T extends BundleLine['type']>(
  lines: BundleLine[],
  type: T,
  change: (line: Extract<BundleLine, { type: T }>) => BundleLine,
): BundleLine[] {
  return lines.map((line) => (line.type === type ? change(line as Extract<BundleLine, { type: T }>) : line))
}

export function flipBase64(text: string): string {
  return text.startsWith('A') ? `B${text.slice(1)}` : `A${text.slice(1)}`
}

/** The check that found the first fault is also listed as failed. */
export function expectBroken(report: VerificationReport, fault: Partial<Fault>): void {
  expect(report.firstFault).toMatchObject(fault)
  expect(report.verdict).toBe('broken')
  const failed = report.checks.filter(({ ok }) => !ok).map(({ name }) => name)
  expect(failed).toContain(report.firstFault?.check)
}
