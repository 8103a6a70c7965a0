import type { CompiledRule } from '../compile-rule.ts'
import { inspectPolicy } from './inspect-policy.ts'
import type { PolicyFinding } from './schema.ts'

/** What was found, and how many policies were looked at before the budget was used up. */
export type Inspection = { findings: PolicyFinding[]; inspected: number; complete: boolean }

/**
 * In values that conditions compare. Measured: 1,000 policies of three conditions use less than one million, in 0.2 seconds; 300
 * made for it use all of this in 1.5 seconds, for 63 of them.
 */
const BUDGET = 50_000_000

/** Holds each policy against every other one. May pause after each pair. Pure. */
export function* inspectPolicies(
  rules: readonly CompiledRule[],
  budget = BUDGET,
): Generator<void, Inspection> {
  const work = { left: budget }
  const findings: PolicyFinding[] = []
  for (const [inspected, rule] of rules.entries()) {
    const found = yield* inspectPolicy(rule, rules, work)
    if (!found) return { findings, inspected, complete: false }
    findings.push(...found)
  }
  return { findings, inspected: rules.length, complete: true }
}
