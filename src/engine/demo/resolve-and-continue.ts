import type { GateTarget } from '../../kernel/approvals/find-gate.ts'
import type { FreshAuthentication } from '../../kernel/approvals/fresh-authentication.ts'
import { type ResolvedApproval, resolveApproval } from '../../kernel/approvals/resolve-approval.ts'
import type { ApprovalResolution } from '../../kernel/approvals/schema.ts'
import type { Context } from '../../kernel/context.ts'
import { stateAt } from '../../kernel/ledger/run-state.ts'
import type { RunStatus } from '../../kernel/ledger/schema.ts'
import { shownRunId, storedRunId, TRIAGE_GATE_ID, TRIAGE_RUN_ID } from './demo-run.ts'
import { continueTriageInbox } from './triage-inbox.ts'

export type Continued = {
  resolution: ResolvedApproval
  orchestration: { eventIds: string[]; gapMs: number | null }
  runStatus: RunStatus
  /** From the request to the readable new state, rounded up so that a limit is never met by rounding. */
  tookMs: number
}

/** Resolves an approval and lets go on what waited for it. */
export async function resolveAndContinue(
  context: Context,
  target: GateTarget,
  input: ApprovalResolution,
  fresh: FreshAuthentication | null = null,
): Promise<Continued> {
  const started = performance.now()
  const resolution = await resolveApproval(context, await pinDemo(context, target), input, fresh)
  const isDemo = shownRunId(resolution.runId) === TRIAGE_RUN_ID && resolution.targetEventId === TRIAGE_GATE_ID
  const orchestration =
    isDemo && resolution.resolved && input.decision === 'approved'
      ? await continueTriageInbox(context, resolution.runId, resolution.event.occurredAt)
      : { eventIds: [], gapMs: null }
  const head = await context.ledger.readHead(context.principal.tenantId, resolution.runId)
  const runStatus = head ? stateAt(head.state, context.clock.now()).status : resolution.after
  return { resolution, orchestration, runStatus, tookMs: Math.ceil(performance.now() - started) }
}

/** Every go of the demo has a gate of the same name; the youngest one is meant. */
async function pinDemo(context: Context, target: GateTarget): Promise<GateTarget> {
  if (!('eventId' in target) || target.eventId !== TRIAGE_GATE_ID) return target
  return { ...target, runId: await storedRunId(context, TRIAGE_RUN_ID) }
}
