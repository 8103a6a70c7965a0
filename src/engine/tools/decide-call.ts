import { authorizeInRun, type RunDecision } from '../../kernel/authorize.ts'
import type { CompiledPolicySet } from '../../kernel/policy/compile-policies.ts'
import { canonicalJson, type Json } from '../../lib/canonical-json.ts'
import { AppError, stateConflict } from '../../lib/errors.ts'
import { quoteText } from '../context/quote-value.ts'
import type { Question } from '../runs/ask-human.ts'
import { factsOf } from '../runs/facts-of.ts'
import { askedAnew, type Decision, findDecision, voidedBecause } from '../runs/find-decision.ts'
import type { Step } from '../runs/progress.ts'
import type { Segment } from '../runs/segment.ts'
import { tightenRun } from '../runs/tighten.ts'
import type { ToolRequest } from './call-tool.ts'
import { describeChange, describeDefinition, type ToolDefinition } from './describe-definition.ts'
import type { RunnableTool } from './find-tool.ts'
import type { Counted, Totals } from './tool-handler.ts'

/** What a decision about a call, its approval and its intent bind: which tool, with what, and what it does. */
export type BoundCall = { tool_id: string; input: Json; definition: ToolDefinition }

export const boundCallOf = ({ row }: RunnableTool, input: Json): BoundCall => ({
  tool_id: row.id,
  input,
  definition: describeDefinition(row),
})

export type DecidedCall = {
  decision: Decision
  /** The decision before, where a human was asked about what the call does no more. */
  voided: Decision | null
}

/**
 * Asks the policies once for each call; who comes back to it keeps the answer, which is checked again when a human said
 * yes. Where the tool was changed since, what was decided and approved is void, and it is decided anew.
 */
export async function decideCall(
  segment: Segment,
  step: Step,
  request: ToolRequest,
  tool: RunnableTool,
  call: BoundCall,
  policySet: CompiledPolicySet,
): Promise<DecidedCall> {
  const { row, builtIn } = tool
  const { decision, decisionId, voided } = findDecision(segment, step, `tool ${request.callId}`, call)
  if (decision) return { decision, voided }
  const { agent } = request
  const decide = ({ context, forbidden }: Counted) =>
    authorizeInRun(
      segment.principal,
      policySet,
      {
        decisionId,
        action: builtIn?.decidedAs?.action ?? 'tool_call',
        resource: { type: 'tool', id: row.id },
        payload: call,
        facts: factsOf(segment, {
          tool: {
            id: row.id,
            risk_level: row.risk_level,
            side_effects: row.side_effects,
            handler_type: row.handler_type,
          },
          ...(agent && { agent: { id: agent.id, default_policies: agent.defaultPolicies } }),
          ...(builtIn?.decidedAs && { context: { ...builtIn.decidedAs.contextOf(call.input), ...context } }),
        }),
        step: { stepId: step.stepId, nodeId: step.nodeId },
        forbidden,
      },
      segment.engine.kernel.settings,
    )
  if (voided) segment.record(voidedBecause(step, voided, call.tool_id, changeOf(voided, call)))
  const totals = builtIn?.decidedAs?.totals
  const { event, modify } = totals
    ? await decideOnTotals(segment, totals, call.input, decide)
    : recorded(segment, decide({ context: {}, forbidden: null }))
  tightenRun(segment, modify, decisionId)
  return { decision: event.payload, voided }
}

function recorded(segment: Segment, decided: RunDecision): RunDecision {
  segment.record(decided.event)
  return decided
}

const TOTALS_CHANGED = 'TOTALS_CHANGED'

/** Decides, and decides anew until the totals are the same in the transaction that writes it: each time somebody else was quicker. */
async function decideOnTotals(
  segment: Segment,
  totals: Totals,
  input: Json,
  decide: (totals: Counted) => RunDecision,
): Promise<RunDecision> {
  const { tenantId, runId, engine } = segment
  const { database, clock } = engine.kernel
  for (;;) {
    const call = { tenantId, runId, input, now: clock.now() }
    const seen = await database.transaction(tenantId, (session) => totals.read(session, call))
    const decided = decide(seen)
    try {
      await segment.commitBeside([decided.event], async (transaction) => {
        await transaction.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [
          `totals ${tenantId} ${totals.keyOf(call)}`,
        ])
        const stands = await totals.read(transaction, call)
        if (canonicalJson(stands) !== canonicalJson(seen))
          throw stateConflict(TOTALS_CHANGED, 'The totals are others by now', { path: '', message: '' })
      })
      return decided
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== TOTALS_CHANGED) throw error
    }
  }
}

const changeOf = ({ payload }: Decision, { definition }: BoundCall) =>
  describeChange(payload?.definition as ToolDefinition | undefined, definition)

export function questionOf(
  segment: Segment,
  step: Step,
  request: ToolRequest,
  { row, builtIn }: RunnableTool,
  call: BoundCall,
  { decision, voided }: DecidedCall,
): Question {
  const byPolicy = decision.effect === 'require_approval'
  const matches = decision.matches as { policy_id?: string; effect?: string }[]
  const { workflow_id: workflowId, workflow_name: workflowName } = segment.progress.started!
  const who = request.agent?.id ?? workflowName
  const { handler_type, target } = call.definition
  const words = builtIn?.describe?.(call.input, { workflowId, nodeId: step.nodeId })
  const again = voided ? ` ${askedAnew(changeOf(voided, call))}` : ''
  return {
    decisionId: decision.decision_id,
    title: words?.title ?? `${who} wants to call ${row.name}`,
    details: words
      ? `${words.details}${again}`
      : `What runs: ${handler_type}, ${target}.${again}${ofMaker(row.description)}`,
    reason: reasonOf(decision, voided, row.id),
    requestedBy: who,
    riskLevel: words?.riskLevel ?? row.risk_level,
    action: decision.action,
    payload: call,
    policyId: byPolicy
      ? (matches.find(({ effect }) => effect === 'require_approval')?.policy_id ?? null)
      : null,
    policySha256: decision.policy_sha256,
    requiredApprovals: decision.approval?.required_approvals ?? 1,
    forbidSelfApproval: decision.approval?.forbid_self_approval ?? false,
    requireFreshAuthentication: decision.approval?.require_fresh_authentication,
    expiresInSeconds: decision.approval?.expires_in_seconds ?? null,
    decision: { ...decision, runId: segment.runId, recordedAt: step.startedAt, actor: segment.principal.id },
  }
}

/** What the maker of a tool says of it stands last and in quotes: it may read like words of ours. */
const ofMaker = (description: string | null) =>
  description === null ? '' : ` Its description: ${quoteText(description, LONGEST_DESCRIPTION).text}`
const LONGEST_DESCRIPTION = 500

function reasonOf(decision: Decision, voided: Decision | null, toolId: string): string {
  if (decision.effect === 'require_approval') return decision.reason
  if (voided) return `${toolId} was changed after somebody was asked about this call`
  return `draft mode: ${toolId} has effects that cannot be taken back`
}
