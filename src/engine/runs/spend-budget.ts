import type { PayloadOf } from '../../kernel/ledger/event-kinds.ts'
import { type ExecutionState, type Usage, usageOf, withDrawn } from '../../kernel/ledger/execution-state.ts'
import type { LedgerTransaction } from '../../kernel/ledger/ledger.ts'
import type { RunHead } from '../../kernel/ledger/seal-event.ts'
import { SYSTEM_ACTOR } from '../../kernel/schema.ts'
import type { Clock } from '../../lib/clock.ts'
import { AppError } from '../../lib/errors.ts'
import { newId } from '../../lib/ids.ts'
import { timestampNotBefore } from '../../lib/timestamp.ts'
import { describe, modelCallFault } from './budgets.ts'
import { readRunRow } from './run-rows.ts'
import type { Run } from './schema.ts'
import type { Segment } from './segment.ts'
import type { BudgetFault } from './step-outcome.ts'

/**
 * Writes that a model is about to be asked, unless a limit of the run or of one above it forbids that. A run that shares
 * its limits with others is checked against the heads of all of them, in the transaction that writes the intent and what
 * is drawn: branches, children and grandchildren cannot use the same call or the same cents.
 */
export async function intendModelCall(
  segment: Segment,
  intended: PayloadOf<'llm_call_intended'>,
  worstCents: number | null,
): Promise<BudgetFault | null> {
  const content = { kind: 'llm_call_intended' as const, payload: intended }
  const ancestors = await ancestorsUnderLimit(segment)
  if (ancestors.length === 0 && !sharesOwnLimit(segment)) {
    // Asked where it is recorded: other branches may have begun calls since anybody looked.
    const fault = modelCallFault(segment.execution(), worstCents)
    if (fault) return fault
    segment.record(content)
    // The built-in model costs nothing and answers the same again: nothing is lost with a crash.
    if (intended.provider !== 'builtin') await segment.commit()
    return null
  }
  try {
    await segment.commitBeside([content], async (transaction, { before, after }) => {
      refuseOverBudget(before, worstCents)
      let below: Draw = { runId: segment.runId, before: usageOf(before), after: usageOf(after) }
      for (const { id } of ancestors) {
        below = await draw(segment, transaction, id, below, (execution) =>
          refuseOverBudget(execution, worstCents),
        )
      }
    })
    return null
  } catch (error) {
    if (error instanceof OverBudgetError) return error.fault
    throw error
  }
}

/** Gives back what an answered call was set aside for and did not cost, where a run above has a limit in cents. */
export async function returnUnspent(segment: Segment): Promise<void> {
  const ancestors = await ancestorsUnderLimit(segment)
  if (ancestors.every(({ cost_limit_cents: limit }) => limit === null)) return
  await segment.commitBeside([], async (transaction, { after }) => {
    let below: Draw = { runId: segment.runId, before: usageOf(after), after: usageOf(after) }
    for (const { id } of ancestors) below = await draw(segment, transaction, id, below)
  })
}

/** What a run has used, without the call in question and with it. */
type Draw = { runId: string; before: Usage; after: Usage }

/**
 * Writes into the run above what one of its children has used in all. Whoever drives it is not disturbed: it is no news
 * to them, and their own calls are checked against the head.
 */
async function draw(
  { engine }: Segment,
  transaction: LedgerTransaction,
  ancestorId: string,
  { runId: childId, before, after }: Draw,
  check: (execution: ExecutionState) => void = () => {},
): Promise<Draw> {
  const { state } = await transaction.lockHead(ancestorId)
  const without = withDrawn(state.execution!, childId, before)
  check(without)
  await transaction.append(ancestorId, (head) => [spentEvent(engine.kernel.clock, head, childId, after)])
  return {
    runId: ancestorId,
    before: usageOf(without),
    after: usageOf(withDrawn(state.execution!, childId, after)),
  }
}

const spentEvent = (clock: Clock, head: RunHead, childId: string, drawn: Usage) => ({
  kind: 'child_run_spent' as const,
  eventId: newId('evt'),
  occurredAt: timestampNotBefore(clock.now(), head.newestNs).iso,
  actor: SYSTEM_ACTOR,
  payload: { run_id: childId, ...drawn },
})

/**
 * The runs above this one, nearest first, up to the last that has a limit on what models may use. One that has completed
 * bears nothing any more: who tries a failed child of it again does so within the child's own limits.
 */
async function ancestorsUnderLimit({ engine, tenantId, progress }: Segment): Promise<Run[]> {
  const ancestors: Run[] = []
  let needed = 0
  let id = progress.started!.parent?.run_id ?? null
  while (id !== null) {
    const ancestor: Run | null = await readRunRow(engine.kernel.database, tenantId, id)
    if (!ancestor || ancestor.status === 'completed') break
    ancestors.push(ancestor)
    if (isLimited(ancestor)) needed = ancestors.length
    id = ancestor.parent_run_id
  }
  return ancestors.slice(0, needed)
}

/** Whether others may draw on the limits of this run: alone, what it counts in memory is all there is. */
function sharesOwnLimit({ execution, progress }: Segment): boolean {
  const alone =
    progress.started!.parent === null &&
    [...progress.steps.values()].every(({ children }) => children.length === 0)
  return !alone && isLimited(execution().limits)
}

const isLimited = (limits: { cost_limit_cents: number | null; llm_calls_limit: number | null }) =>
  limits.cost_limit_cents !== null || limits.llm_calls_limit !== null

class OverBudgetError extends AppError {
  readonly fault: BudgetFault

  constructor(fault: BudgetFault) {
    super({ code: 'BUDGET_EXCEEDED', status: 409, message: describe(fault).error })
    this.fault = fault
  }
}

/** @throws OverBudgetError */
function refuseOverBudget(execution: ExecutionState, worstCents: number | null): void {
  const fault = modelCallFault(execution, worstCents)
  if (fault) throw new OverBudgetError(fault)
}
