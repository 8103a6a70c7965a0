import type { EngineContext } from '../../../engine/runs/engine.ts'
import { receiveEvent, resumeRun, type Telling, waitForRun } from '../../../engine/runs/move-run.ts'
import { takeUp } from '../../../engine/runs/place-runs.ts'
import type { Json } from '../../../lib/canonical-json.ts'
import { AppError, stateConflict } from '../../../lib/errors.ts'
import type { CopilotContext } from '../copilot.ts'
import { ANSWERS_EVENT } from '../workflow.ts'
import type { CopilotRow } from './copilot-rows.ts'
import { type CopilotState, readCopilotRun } from './read-copilot-run.ts'
import { refuseLate } from './refuse-late.ts'
import type { CopilotStatus } from './schema.ts'

/** So often a run is looked at again because something else happened to it between look and word. */
const ATTEMPTS = 5

/**
 * Answers the questions of a run, and goes on with it: the sentence and all answers are planned again from the start. Wallet
 * and chain are not to be answered: they are what the run was made for. An answer is to one question, the one that it names or
 * else the one that stood when it came, and of several to the same question one is taken.
 *
 * @param messageId of the message that said it, where one did.
 * @throws AppError 404 RUN_NOT_FOUND; 409 RUN_WAITS_FOR_NO_ANSWER, QUESTION_ANSWERED
 */
export async function provideInput(
  context: EngineContext,
  runId: string,
  answers: Record<string, Json>,
  { messageId = null, questionId = null }: { messageId?: string | null; questionId?: string | null } = {},
): Promise<CopilotState> {
  let asked = questionId
  return againIfMoved(async () => {
    const state = await requireStatus(
      context,
      runId,
      ['NEEDS_INPUT'],
      'RUN_WAITS_FOR_NO_ANSWER',
      'a run with open questions',
    )
    refuseOthers(context, state.row)
    asked ??= state.questionId!
    if (asked !== state.questionId || wasTold(state, ANSWERS_EVENT)) throw questionAnswered(asked)
    const told = { answers, question_id: asked, ...(messageId && { message_id: messageId }) }
    await tellRun(context, state.row.run_id, ANSWERS_EVENT, told, { atSeq: state.lastSeq })
    return readCopilotRun(context, runId)
  })
}

/** Does something once more where something else happened to its run between look and word. */
export async function againIfMoved<T>(attempt: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await attempt()
    } catch (error) {
      if (!isMoved(error) || tries === ATTEMPTS) throw error
    }
  }
}

/** It was told this, and has not gone on with it yet. */
export const wasTold = ({ progress }: CopilotState, name: string): boolean =>
  progress?.received.some(({ event, takenBy }) => event.name === name && takenBy === null) ?? false

/** Something happened to the run between the look at it and what it was to be told. */
export const isMoved = (error: unknown): boolean => error instanceof AppError && error.code === 'RUN_MOVED'

const questionAnswered = (asked: string) =>
  stateConflict('QUESTION_ANSWERED', 'This question was answered already', {
    path: 'question_id',
    message: `expected an answer to the question that stands, '${asked}' was answered; look at the run again`,
  })

/**
 * Approves the plan that stands, or the one that the approver names. It is the same approval as in the inbox.
 *
 * @throws AppError 404; 409 RUN_NOT_READY, PLAN_CHANGED, PLAN_STALE, or whatever approving refuses with.
 */
export async function approveCopilotRun(
  context: CopilotContext,
  runId: string,
  { reviewer, notes, planHash }: { reviewer: string | null; notes: string | null; planHash: string | null },
): Promise<CopilotState> {
  const state = await requireStatus(
    context,
    runId,
    ['AWAITING_APPROVAL'],
    'RUN_NOT_READY',
    'a run whose plan waits for approval',
  )
  const { plan_hash: stands } = state.artifacts
  if (planHash !== null && planHash !== stands) {
    throw stateConflict('PLAN_CHANGED', 'Another plan stands than the one that was shown', {
      path: 'plan_hash',
      message: `expected '${stands}', got '${planHash}'; look at the plan again`,
    })
  }
  await refuseLate(context, state)
  await resumeRun(context, runId, { approved: true, ...(notes && { reason: notes }) }, reviewer)
  return readCopilotRun(context, runId)
}

/** Says no, for good. @throws AppError 404; 409 RUN_NOT_READY */
export async function rejectCopilotRun(
  context: EngineContext,
  runId: string,
  { reviewer, reason }: { reviewer: string | null; reason: string | null },
): Promise<CopilotState> {
  await requireStatus(
    context,
    runId,
    ['AWAITING_APPROVAL'],
    'RUN_NOT_READY',
    'a run whose plan waits for approval',
  )
  await resumeRun(context, runId, { approved: false, ...(reason && { reason }) }, reviewer)
  return readCopilotRun(context, runId)
}

/** Tells a run what it waits for, and waits until it has taken it in. */
export async function tellRun(
  context: EngineContext,
  runId: string,
  name: string,
  payload: Json,
  telling: Telling = {},
): Promise<void> {
  await receiveEvent(context, runId, name, payload, telling)
  await goOn(context, runId)
}

/** Has a run take in what it was told, and waits until it has. */
export async function goOn(context: EngineContext, runId: string): Promise<void> {
  await takeUp(context.engine, context.principal.tenantId, runId)
  await waitForRun(context, runId)
}

/**
 * What a wallet is to do is said by one person alone: else somebody could have another one ask, and approve it as if it were not
 * their own wish.
 */
export function refuseOthers({ principal }: EngineContext, row: Pick<CopilotRow, 'created_by_owner'>): void {
  if (principal.ownerId === row.created_by_owner) return
  const message = 'this run was made by somebody else, who alone may start it and answer its questions'
  throw new AppError({
    code: 'FORBIDDEN',
    status: 403,
    message,
    details: [{ path: 'run_id', message, type: 'permission_error', code: 'FORBIDDEN' }],
  })
}

/** The run, where it stands at one of these. @throws AppError 404; 409 with what it is instead. */
export async function requireStatus(
  context: EngineContext,
  runId: string,
  wanted: CopilotStatus[],
  code: string,
  what: string,
): Promise<CopilotState> {
  const state = await readCopilotRun(context, runId)
  if (wanted.includes(state.status)) return state
  throw otherStatus(state, code, what)
}

/** A 409 with where the run stands instead. */
export const otherStatus = (
  { row, status }: Pick<CopilotState, 'row' | 'status'>,
  code: string,
  what: string,
) =>
  stateConflict(code, `This run is ${status}`, {
    path: 'run_id',
    message: `expected ${what}, run '${row.run_id}' is ${status}`,
  })
