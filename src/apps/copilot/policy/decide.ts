import type { Check, CopilotDecision, Severity } from '../schema.ts'
import { isBroken } from './outcome.ts'

const WARNING_POINTS = 15
const HIGHEST = 100

/** 15 for each warning, and for each check that could not do its work; 100 for a failure. */
export function riskScore(checks: readonly Check[]): number {
  if (checks.some(({ status }) => status === 'FAIL')) return HIGHEST
  const counted = checks.filter((check) => check.status === 'WARN' || isBroken(check))
  return Math.min(HIGHEST, counted.length * WARNING_POINTS)
}

export function severityOf(score: number): Severity {
  if (score < 25) return 'LOW'
  return score < 60 ? 'MED' : 'HIGH'
}

/** A failure blocks, whatever else was found; otherwise a human is asked. The order of checks has no say. */
export function decide(checks: readonly Check[]): CopilotDecision {
  const blocked = checks.some(({ status }) => status === 'FAIL')
  const score = riskScore(checks)
  return {
    action: blocked ? 'BLOCK' : 'NEEDS_APPROVAL',
    risk_score: score,
    severity: severityOf(score),
    summary: blocked
      ? 'Blocked: one or more required safety checks failed.'
      : 'Ready for review: policy checks completed.',
    reasons: checks
      .filter((check) => check.status === 'FAIL' || check.status === 'WARN' || isBroken(check))
      .toSorted((left, right) => RANK[left.status] - RANK[right.status] || (left.id < right.id ? -1 : 1))
      .map(({ title, reason }) => `${title}: ${reason}`),
  }
}

const RANK = { FAIL: 0, WARN: 1, UNKNOWN: 2, PASS: 3 }
