import type {
  Check,
  CopilotDecision,
  JudgeOutput,
  JudgeResult,
  PlannerResult,
  SecurityResult,
  Severity,
  TxPlan,
} from '../schema.ts'
import { isApplicable, isBroken } from './outcome.ts'

type Explanation = PlannerResult['explanation']

const explanation = (summary: string, more: Partial<Explanation> = {}): Explanation => ({
  summary,
  assumptions: [],
  why_safe: [],
  risks: [],
  next_steps: [],
  ...more,
})

/** @param said How the plan was made: the person's words, and what was taken for granted. */
export function plannerResult(
  plan: TxPlan,
  {
    summary,
    assumptions = [],
    warnings = [],
    createdAt,
  }: { summary: string; assumptions?: string[]; warnings?: string[]; createdAt: string },
): PlannerResult {
  return {
    agent: 'planner',
    step_name: 'PLAN_TX',
    version: 1,
    status: warnings.length > 0 ? 'WARN' : 'OK',
    output: { tx_plan: plan },
    explanation: explanation(summary, {
      assumptions,
      risks: warnings.map((detail) => ({ severity: 'LOW', title: 'Planning', detail })),
    }),
    confidence: plan.type === 'plan' ? 1 : null,
    sources: ['message'],
    errors: null,
    created_at: createdAt,
  }
}

export function securityResult(
  checks: readonly Check[],
  decision: CopilotDecision,
  createdAt: string,
): SecurityResult {
  const concerns = checks.filter((check) => riskOf(check) !== null)
  const blocked = checks.some(({ status }) => status === 'FAIL')
  const unmade = checks.filter(({ status }) => status === 'UNKNOWN')
  const passed = checks.filter((check) => check.status === 'PASS' && isApplicable(check))
  return {
    agent: 'security',
    step_name: 'SECURITY_EVAL',
    version: 1,
    status: blocked ? 'BLOCK' : concerns.length > 0 ? 'WARN' : 'OK',
    output: { checks: [...checks], decision },
    explanation: explanation(summaryOf(checks), {
      assumptions: unmade
        .filter((check) => !isBroken(check))
        .map(({ title, reason }) => `${title}: ${reason}`),
      why_safe: [...new Set(passed.map(({ reason }) => reason))],
      risks: concerns.map((check) => ({
        severity: riskOf(check)!,
        title: check.title,
        detail: check.reason,
      })),
    }),
    confidence: null,
    sources: ['transactions', 'simulation', 'chain'],
    errors: null,
    created_at: createdAt,
  }
}

/** A check that could not be made has found nothing, and is not counted as if it had looked. */
function summaryOf(checks: readonly Check[]): string {
  const made = checks.filter(({ status }) => status !== 'UNKNOWN')
  const found = made.filter(({ status }) => status !== 'PASS').length
  const unmade = checks.length - made.length
  const result = found === 0 ? 'found anything' : 'found something'
  const rest = unmade === 0 ? '' : `; ${unmade} could not be made here`
  return `${found === 0 ? 'None' : found} of ${made.length} checks ${result}${rest}.`
}

function riskOf(check: Check): Severity | null {
  if (check.status === 'FAIL') return 'HIGH'
  if (check.status === 'WARN') return 'MED'
  return isBroken(check) ? 'LOW' : null
}

export function judgeResult(output: JudgeOutput, createdAt: string): JudgeResult {
  const { verdict, issues, reasoning_summary } = output
  return {
    agent: 'judge',
    step_name: 'JUDGE_AGENT',
    version: 1,
    status: verdict === 'BLOCK' ? 'BLOCK' : verdict === 'PASS' && issues.length === 0 ? 'OK' : 'WARN',
    output,
    explanation: explanation(reasoning_summary, {
      risks: issues.map(({ severity, code, message }) => ({ severity, title: code, detail: message })),
      next_steps: NEXT_STEPS[verdict],
    }),
    confidence: null,
    sources: ['checks'],
    errors: null,
    created_at: createdAt,
  }
}

const NEXT_STEPS = {
  PASS: ['A person looks at the transactions and approves or rejects them.'],
  NEEDS_REWORK: ['The plan is made once more where attempts are left.'],
  BLOCK: ['Ask for something else.'],
}
