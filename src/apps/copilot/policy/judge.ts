import type { Check, JudgeIssue, JudgeOutput, Severity } from '../schema.ts'
import { describePlan } from './describe-plan.ts'
import { isBroken } from './outcome.ts'
import { callsOf, type Review } from './review.ts'

/**
 * The judge that needs no model. Its verdict follows from the checks alone: what a new quote, deadline or simulation
 * can mend is to be reworked, any other failure blocks.
 */
export function judgePlan(review: Review, checks: readonly Check[]): JudgeOutput {
  const failed = checks.filter(({ status }) => status === 'FAIL')
  const mendable = failed.length > 0 && failed.every((check) => remedyOf(review, check) !== null)
  const verdict = failed.length === 0 ? 'PASS' : mendable ? 'NEEDS_REWORK' : 'BLOCK'
  return {
    verdict,
    reasoning_summary: reviewText(review, checks, verdict),
    issues: checks.flatMap((check) => issueOf(review, check)),
  }
}

/** By check: what making the plan once more can put right. */
const REMEDIES: ReadonlyMap<string, string> = new Map([
  ['approval_increase_reset', 'Set the allowance to zero first.'],
  ['deadline_sane', 'Take a new deadline from the newest block.'],
  ['simulation_fresh', 'Simulate the transactions again.'],
  ['min_received_vs_sim', 'Quote the swap again.'],
])
const MEASURE = 'Swap by the functions that measure what arrives.'

/** Reverts that come from a price or a time that has passed. */
const PASSING_REVERT = /EXPIRED|INSUFFICIENT_OUTPUT_AMOUNT|EXCESSIVE_INPUT_AMOUNT/

/**
 * Whether a swap should be made by the functions that measure what arrives: a token keeps a part of what is sent. Where it is the
 * token that goes in, the pool sees too little, and all that it says is K.
 */
export function wantsMeasuring(review: Review, checks: readonly Check[]): boolean {
  if (!callsOf(review, 'swap').some(({ call }) => call.exact === 'in' && !call.feeOnTransfer)) return false
  return checks.some(({ id, metadata: { measure, failed } }) =>
    id === 'simulation_success'
      ? Array.isArray(failed) && failed.length > 0 && failed.every(isShortOfK)
      : id === 'fee_on_transfer' && measure === true,
  )
}

const isShortOfK = (failed: unknown): boolean =>
  / K$/.test((Object(failed) as { error?: string }).error ?? '')

function remedyOf(review: Review, check: Check): string | null {
  if (wantsMeasuring(review, [check])) return MEASURE
  if (check.id !== 'simulation_success') return REMEDIES.get(check.id) ?? null
  const { failed } = check.metadata
  if (!Array.isArray(failed) || failed.length === 0) return null
  const passing = failed.every((each) => PASSING_REVERT.test(JSON.stringify(each)))
  return passing ? 'Quote the swap again and take a new deadline.' : null
}

function issueOf(review: Review, check: Check): JudgeIssue[] {
  const severity = severityOf(check)
  if (!severity) return []
  const remedy = check.status === 'FAIL' ? remedyOf(review, check) : null
  return [
    {
      code: check.id.toUpperCase(),
      severity,
      message: `${check.title}: ${check.reason}`,
      data: { ...check.metadata, ...(remedy && { remedy }) },
    },
  ]
}

function severityOf(check: Check): Severity | null {
  if (check.status === 'FAIL') return 'HIGH'
  if (check.status === 'WARN') return 'MED'
  return isBroken(check) ? 'LOW' : null
}

const CONCLUSIONS = {
  PASS: 'Nothing speaks against putting it before a person.',
  NEEDS_REWORK: 'The plan can be made anew so that this is put right.',
  BLOCK: 'It must not be made like this.',
}

function reviewText(review: Review, checks: readonly Check[], verdict: JudgeOutput['verdict']): string {
  const told = (status: Check['status']) => checks.filter((check) => check.status === status)
  const unknown = told('UNKNOWN')
  const of = (label: string, list: readonly Check[]) =>
    list.length === 0 ? [] : [`${label}: ${list.map(({ title, reason }) => `${title}: ${reason}`).join(' ')}`]
  const counts = [
    `${told('PASS').length} of ${checks.length} checks pass`,
    `${told('WARN').length} warn`,
    `${told('FAIL').length} fail`,
    `${unknown.length} cannot be known here`,
  ]
  return [
    ...describePlan(review).map((line) => `${line}.`),
    `${counts.join(', ')}.`,
    ...of('Against it', told('FAIL')),
    ...of('To consider', [...told('WARN'), ...unknown.filter(isBroken)]),
    CONCLUSIONS[verdict],
  ].join('\n')
}
