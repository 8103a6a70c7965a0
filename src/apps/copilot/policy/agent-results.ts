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
import { isBroken } from './outcome.ts'

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
  const unknown = checks.filter((check) => check.status === 'UNKNOWN' && !isBroken(check))
  return {
    agent: 'security',
    step_name: 'SECURITY_EVAL',
    version: 1,
    status: blocked ? 'BLOCK' : concerns.length > 0 ? 'WARN' : 'OK',
    output: { checks: [...checks], decision },
    explanation: explanation(
      concerns.length === 0
        ? `None of ${checks.length} checks found anything.`
        : `${concerns.length} of ${checks.length} checks found something.`,
      {
        assumptions: unknown.map(({ title, reason }) => `${title}: ${reason}`),
        why_safe: checks.filter(({ status }) => status === 'PASS').map(({ reason }) => reason),
        risks: concerns.map((check) => ({
          severity: riskOf(check)!,
          title: check.title,
          detail: check.reason,
        })),
      },
    ),
    confidence: null,
    sources: ['transactions', 'simulation', 'chain'],
    errors: null,
    created_at: createdAt,
  }
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
