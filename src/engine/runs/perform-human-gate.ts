import type { Json } from '../../lib/canonical-json.ts'
import { judgeNeedOfHuman } from '../agents/judge-need-of-human.ts'
import type { WorkflowNode } from '../workflows/schema.ts'
import { askHuman, decisionIdOf } from './ask-human.ts'
import { scopeOf } from './decide-next.ts'
import type { Step } from './progress.ts'
import { resolveTemplate } from './resolve-expression.ts'
import type { Segment } from './segment.ts'
import type { StepOutcome } from './step-outcome.ts'

/**
 * Stops until a human says yes. An agent may judge that none is needed; whatever it says short of a clear no, a human
 * is asked. What comes in goes out: the gate changes nothing.
 */
export async function performHumanGate(
  segment: Segment,
  step: Step,
  node: WorkflowNode,
): Promise<StepOutcome> {
  const { config } = node
  if (config.judge_agent_id && !step.asked) {
    const judged = await judgeNeedOfHuman(
      segment,
      step,
      config.judge_agent_id,
      config.details ?? config.title ?? null,
    )
    if (judged.type !== 'judged') return judged
    if (!judged.needed) return { type: 'completed', output: step.input }
  }
  const scope = scopeOf(segment.graph, segment.progress, node.id, step.input, segment.context)
  const say = (template: string | undefined, otherwise: string) => {
    const text = template === undefined ? otherwise : resolveTemplate(template, scope)
    return typeof text === 'string' && text.trim() !== '' ? text : otherwise
  }
  const workflowName = segment.progress.started!.workflow_name
  const answer = await askHuman(segment, step, {
    decisionId: decisionIdOf(segment, step, `human_gate ${step.attempt}`),
    title: say(config.title, `${node.name ?? node.id} of ${workflowName}`),
    details: say(config.details, describeInput(step.input)),
    reason: `the workflow ${workflowName} asks for a human here`,
    requestedBy: workflowName,
    riskLevel: 'medium',
    action: 'human_gate',
    payload: { run_id: segment.runId, node_id: node.id, data: step.input },
    policyId: null,
    policySha256: null,
    requiredApprovals: config.required_approvals ?? 1,
    forbidSelfApproval: config.forbid_self_approval ?? false,
    expiresInSeconds: config.expires_in_seconds ?? null,
    decision: null,
  })
  return answer.approved ? { type: 'completed', output: step.input } : answer.outcome
}

function describeInput(input: Json): string {
  const text = JSON.stringify(input)
  return text.length <= 1000 ? text : `${text.slice(0, 1000)}…`
}
