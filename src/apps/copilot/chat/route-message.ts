import type { Json } from '../../../lib/canonical-json.ts'
import { AppError, stateConflict } from '../../../lib/errors.ts'
import { newUuid } from '../../../lib/ids.ts'
import { checksumAddress } from '../../../web3/checksum-address.ts'
import type { CopilotContext } from '../copilot.ts'
import { classify, slotsOf } from '../planner/classify.ts'
import { applyAnswers } from '../planner/plan-intent.ts'
import { type Answers, SlotName } from '../planner/schema.ts'
import { createCopilotRun } from '../runs/create-copilot-run.ts'
import { endUnanswered } from '../runs/end-unanswered.ts'
import { provideInput } from '../runs/move-copilot-run.ts'
import { type CopilotState, readCopilotRun } from '../runs/read-copilot-run.ts'
import { startCopilotRun } from '../runs/start-copilot-run.ts'
import { type Answered, answerQuery, describeRun } from './answer-query.ts'
import {
  type Conversation,
  type ConversationKey,
  findConversation,
  findLatestRun,
  KEPT_MS,
  keepConversation,
  type Memory,
} from './conversation-rows.ts'
import { decideTurn, type Turn } from './decide-turn.ts'
import { findRunOfMessage, runIdOf } from './repeated-message.ts'
import type { ChatAnswer, ChatInput, Pending } from './schema.ts'
import { suggestSentences } from './suggest.ts'

/** How far an answer is, for who waits. */
export type ChatProgress = { status: 'understood' | 'reading' | 'preparing'; mode: ChatAnswer['mode'] }

/** So often a message is read again because another one of the same conversation came between. */
const ATTEMPTS = 5
/** A memory that did not change is written again after this, so that a conversation that goes on is not forgotten. */
const REFRESH_MS = 60_000

/**
 * Answers one message: from the chain, with a question, or with a run that is made and started, or ended while it still asks.
 * Nothing else of a run is done here: no message approves, rejects or executes.
 *
 * @throws AppError 409 CONVERSATION_BUSY, or what making and starting a run refuses with.
 */
export async function routeMessage(
  context: CopilotContext,
  input: ChatInput,
  tell: (progress: ChatProgress) => void = () => {},
): Promise<ChatAnswer> {
  const { principal, copilot } = context
  const conversationId = input.conversation_id ?? newUuid()
  const key = { tenantId: principal.tenantId, principalId: principal.id, conversationId }
  const said = {
    message: input.message,
    wallet: input.wallet_address ? checksumAddress(input.wallet_address) : null,
    chainId: input.chain_id ?? null,
    messageId: input.message_id ?? null,
  }
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const before = await readMemory(context, key)
    const decided = decideTurn(before.memory, said, copilot.chains)
    const run = input.message_id ? await findRunOfMessage(context, key, input.message_id) : null
    if (run) return tellAgain(context, key, { decided, kept: before, run }, input)
    const turn = { ...decided, memory: noteMessage(decided.memory, before.memory, said.messageId) }
    const kept = await keepMemory(context, key, turn.memory, before)
    if (!kept) continue
    tell({ status: 'understood', mode: turn.classification.mode })
    const performed = await perform(context, key, turn, input, tell)
    return present(context, key, turn, kept, performed)
  }
  throw stateConflict('CONVERSATION_BUSY', 'Other messages of this conversation came at the same time', {
    path: 'conversation_id',
    message: 'expected one message after the other; send this one again',
  })
}

/** What waits for an answer from now on waits since this message. */
function noteMessage(memory: Memory, before: Memory, messageId: string | null): Memory {
  const { pending } = memory
  if (!messageId || !pending || pending === before.pending) return memory
  return { ...memory, pending: { ...pending, message_id: messageId } }
}

/** A message that came before: what became of its run is told, and where it was only made, it is started. */
async function tellAgain(
  context: CopilotContext,
  key: ConversationKey,
  { decided, kept, run }: { decided: Turn; kept: Conversation; run: CopilotState },
  input: ChatInput,
): Promise<ChatAnswer> {
  const isDeferred = run.status !== 'CREATED' || input.metadata?.defer_start === true
  const stands = isDeferred ? run : await startOnce(context, run.row.run_id)
  const { asked: _, ...told } = ofRun(stands, 'swap')
  const classification = classify(run.row.intent, decided.registry)
  const turn: Turn = { ...decided, memory: kept.memory, classification, notice: null, act: { type: 'point' } }
  return present(context, key, turn, kept, told)
}

const readMemory = ({ engine }: CopilotContext, key: ConversationKey): Promise<Conversation> =>
  engine.kernel.database.transaction(key.tenantId, (session) =>
    findConversation(session, key, engine.kernel.clock.now()),
  )

/** Null where another message of this conversation was quicker. */
async function keepMemory(
  { engine }: CopilotContext,
  key: ConversationKey,
  memory: Memory,
  before: Conversation,
): Promise<Conversation | null> {
  const { database, clock } = engine.kernel
  const now = clock.now()
  const same = JSON.stringify(memory) === JSON.stringify(before.memory)
  const empty = memory.wallet === null && memory.chainId === null && memory.pending === null
  if (same && (empty || before.expiresAt > now + KEPT_MS - REFRESH_MS)) return before
  return database.transaction(key.tenantId, (session) =>
    keepConversation(session, key, memory, before.revision, now),
  )
}

/** What came of a message. `run` is where a run of it stands. */
type Performed = Answered & { questions?: string[]; asked?: Pending }

async function perform(
  context: CopilotContext,
  key: ConversationKey,
  { act }: Turn,
  input: ChatInput,
  tell: (progress: ChatProgress) => void,
): Promise<Performed> {
  switch (act.type) {
    case 'talk':
      return { text: act.text, data: {} }
    case 'drop':
      return drop(context, act)
    case 'ask': {
      const { unplaced: _, ...options } = act.data
      return { text: act.questions[0]!, questions: act.questions, data: toJson(options) }
    }
    case 'point':
      return point(context, key)
    case 'query':
      tell({ status: 'reading', mode: 'QUERY' })
      return answerQuery(context, { ...act, key })
    case 'start': {
      tell({ status: 'preparing', mode: 'ACTION' })
      const runId = await createCopilotRun(
        context,
        {
          intent: act.sentence,
          walletAddress: act.wallet,
          chainId: act.chainId,
          conversationId: key.conversationId,
        },
        input.message_id ? runIdOf(key, input.message_id) : undefined,
      )
      if (input.metadata?.defer_start) {
        const run = await readCopilotRun(context, runId)
        return { text: `${describeRun(run)} Start it to see what it would do.`, data: {}, run }
      }
      return ofRun(await startOnce(context, runId), act.kind)
    }
    case 'answer':
      tell({ status: 'preparing', mode: 'ACTION' })
      return answerRun(context, act, input.message_id ?? null)
  }
}

const startOnce = (context: CopilotContext, runId: string) =>
  startCopilotRun(context, runId).catch((error) => asItStands(context, runId, error))

/** Answers the question that was shown in the conversation. Where the run asks something else by now, that is shown first. */
async function answerRun(
  context: CopilotContext,
  {
    pending: { run_id: runId, question_id: questionId, kind },
    answers,
  }: Extract<Turn['act'], { type: 'answer' }>,
  messageId: string | null,
): Promise<Performed> {
  try {
    const told = { messageId, questionId }
    return ofRun(await provideInput(context, runId, answers as Record<string, Json>, told), kind)
  } catch (error) {
    const stands = ofRun(await asItStands(context, runId, error), kind)
    return { ...stands, text: `${NOT_TAKEN} ${stands.text}` }
  }
}

/** Sets aside what was asked about; its run, where one was made already, ends with it unless it went on meanwhile. */
async function drop(
  context: CopilotContext,
  { pending: { run_id: runId, question_id: questionId, kind }, text }: Extract<Turn['act'], { type: 'drop' }>,
): Promise<Performed> {
  if (runId === null) return { text, data: {} }
  const { run, isEnded } = await endUnanswered(context, runId, questionId)
  if (isEnded) return { text: `${text} Its run has ended.`, data: {}, run }
  const stands = ofRun(run, kind)
  return { ...stands, text: `${NOT_TAKEN} ${stands.text}` }
}

const NOT_TAKEN = 'This was not taken: the run went on meanwhile.'

/** A run that somebody else moved meanwhile is told as it stands. */
function asItStands(context: CopilotContext, runId: string, error: unknown): Promise<CopilotState> {
  if (!(error instanceof AppError) || error.status !== 409) throw error
  return readCopilotRun(context, runId)
}

/** What a run says of itself; where it asks, its question waits in the conversation. */
function ofRun(run: CopilotState, kind: Pending['kind']): Performed {
  const { status, artifacts, row, questionId } = run
  const needs = status === 'NEEDS_INPUT' ? artifacts.needs_input : undefined
  const trouble = artifacts.fatal_error?.code === 'WEB3_RPC_ERROR'
  const told = needs?.questions.join('\n') || artifacts.assistant_message || describeRun(run)
  const text = trouble ? `${told} Say it again in a moment.` : told
  const missing = needs?.missing.flatMap((slot) => SlotName.safeParse(slot).data ?? []) ?? []
  const asked: Pending = {
    kind,
    sentence: row.intent,
    answers: (artifacts.user_inputs ?? {}) as Answers,
    missing,
    questions: needs?.questions ?? [],
    run_id: row.run_id,
    question_id: questionId,
  }
  return {
    text,
    data: {},
    run,
    ...(trouble && { trouble }),
    ...(needs && { questions: needs.questions }),
    ...(needs && missing.length > 0 && { asked }),
  }
}

/** Who says "approve" or "no" is shown where that is done. */
async function point(context: CopilotContext, key: ConversationKey): Promise<Performed> {
  const rule = 'Nothing that is said here approves, rejects or sends anything.'
  const runId = await context.engine.kernel.database.transaction(key.tenantId, (session) =>
    findLatestRun(session, key),
  )
  if (!runId) return { text: `${rule} There is nothing to decide in this conversation yet.`, data: {} }
  const run = await readCopilotRun(context, runId)
  const how = run.status === 'AWAITING_APPROVAL' ? ' Look at the plan and decide on the approval screen.' : ''
  return { text: `${rule} ${describeRun(run)}${how}`, data: {}, run }
}

async function present(
  context: CopilotContext,
  key: ConversationKey,
  turn: Turn,
  kept: Conversation,
  { text, data, trouble, run, questions = [], asked }: Performed,
): Promise<ChatAnswer> {
  // Lost to a message that came meanwhile, the question is still the run's own.
  if (asked) await keepMemory(context, key, { ...kept.memory, pending: asked }, kept)
  const pending = asked ?? turn.memory.pending
  const { act, classification, notice, registry } = turn
  const offered = act.type === 'ask' ? act.suggestions : []
  return {
    mode: trouble || act.type === 'ask' ? 'CLARIFY' : classification.mode,
    assistant_message: notice ? `${notice} ${text}` : text,
    questions,
    run_id: run?.row.run_id ?? null,
    run_ref: run ? { id: run.row.run_id, status: run.status, fetch_url: `/v1/runs/${run.row.run_id}` } : null,
    data: { ...data, ...(run && presentRun(run)) },
    next_ui: run?.status === 'AWAITING_APPROVAL' ? 'SHOW_APPROVAL_SCREEN' : null,
    classification,
    conversation_id: key.conversationId,
    pending: pending !== null,
    pending_slots: pending ? slotsOf(applyAnswers(pending.sentence, pending.answers, registry)) : {},
    suggestions: offered.length > 0 ? offered : suggestSentences(registry),
  }
}

function presentRun({ status, artifacts }: CopilotState): Record<string, Json> {
  const { plan_hash, decision, needs_input, final_status_suggested } = artifacts
  return toJson({
    status,
    final_status: final_status_suggested ?? null,
    plan_hash: plan_hash ?? null,
    decision: decision ?? null,
    needs_input: needs_input ?? null,
  })
}

/** Without members that are undefined. */
const toJson = (value: object): Record<string, Json> => JSON.parse(JSON.stringify(value))
