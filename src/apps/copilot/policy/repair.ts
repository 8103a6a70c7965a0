import type { Artifacts, JudgeIssue, JudgeOutput, RepairContext } from '../schema.ts'

export type RepairRoute = {
  repair_next_step: NonNullable<Artifacts['repair_next_step']>
  repair_summary: string
  repair_context?: RepairContext
}

/**
 * Whether the plan is made once more: only where the judge wants it reworked and says why, attempts are left, and there
 * is a planner that can do better.
 */
export function routeRepair({
  judge,
  attempt,
  maxAttempts,
  plannerAble,
  previousPlan,
  simulation,
}: {
  judge: JudgeOutput
  attempt: number
  maxAttempts: number
  plannerAble: boolean
  /** Both in words, for the planner. */
  previousPlan: string
  simulation: string
}): RepairRoute {
  const done = (repair_summary: string): RepairRoute => ({ repair_next_step: 'FINALIZE', repair_summary })
  if (judge.verdict !== 'NEEDS_REWORK') return done('Nothing has to be made anew.')
  if (attempt >= maxAttempts) return done(`All ${maxAttempts} attempts are used.`)
  const issues = judge.issues.filter(isUsable)
  if (issues.length === 0) return done('The review names nothing that could be put right.')
  if (!plannerAble) return done('There is no way here to make the plan differently.')
  const repair_context: RepairContext = {
    attempt: attempt + 1,
    max_attempts: maxAttempts,
    issues,
    previous_plan: previousPlan,
    simulation,
  }
  const codes = issues.map(({ code }) => code).join(', ')
  return {
    repair_next_step: 'REPAIR_PLAN_TX',
    repair_context,
    repair_summary: `Attempt ${attempt + 1} of ${maxAttempts}, because of ${codes}.`,
  }
}

/** Remarks that change nothing about the plan are no reason to make it anew. */
const isUsable = ({ code, message, severity }: JudgeIssue): boolean =>
  code.trim() !== '' && message.trim() !== '' && severity !== 'LOW'
