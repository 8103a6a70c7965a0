import type { CopilotStatus } from '../../../apps/copilot/runs/schema.ts'
import type { Turn } from './conversation.ts'

/** What the conversation waits for. */
export type ChatMode =
  | 'IDLE_CHAT'
  | 'CLARIFYING'
  | 'RUNNING_ACTION'
  | 'NEEDS_APPROVAL'
  | 'EXECUTING'
  | 'DONE'
  | 'BLOCKED'

const OF_STATUS: Record<CopilotStatus, ChatMode> = {
  CREATED: 'RUNNING_ACTION',
  RUNNING: 'RUNNING_ACTION',
  PAUSED: 'RUNNING_ACTION',
  NEEDS_INPUT: 'CLARIFYING',
  AWAITING_APPROVAL: 'NEEDS_APPROVAL',
  APPROVED_READY: 'EXECUTING',
  SUBMITTED: 'EXECUTING',
  CONFIRMED: 'DONE',
  NOOP: 'DONE',
  REVERTED: 'BLOCKED',
  FAILED: 'BLOCKED',
  REJECTED: 'BLOCKED',
  BLOCKED: 'BLOCKED',
}

/** So long the server remembers what it asked. */
const ASKED_FOR_MS = 20 * 60_000

/** A question that is open comes first: only words answer it. Otherwise the run that is shown says where things stand. */
export function chatModeOf(
  turns: Pick<Turn, 'answer' | 'at'>[],
  { isPreparing, runStatus, now }: { isPreparing: boolean; runStatus: CopilotStatus | null; now: number },
): ChatMode {
  if (isPreparing) return 'RUNNING_ACTION'
  const last = turns.findLast(({ answer }) => answer)
  if (last && asks(last, now)) return 'CLARIFYING'
  // What the conversation has dropped or forgotten is answered in the form of the run, and not by words.
  if (runStatus === 'NEEDS_INPUT' && !(last && waitsFor(last, now))) return 'IDLE_CHAT'
  return runStatus ? OF_STATUS[runStatus] : 'IDLE_CHAT'
}

const asks = (turn: Pick<Turn, 'answer' | 'at'>, now: number): boolean =>
  turn.answer?.mode === 'CLARIFY' && turn.answer.run_id === null && waitsFor(turn, now)

/** Whether the server takes what is said next as an answer. */
const waitsFor = ({ answer, at }: Pick<Turn, 'answer' | 'at'>, now: number): boolean =>
  answer?.pending === true && now - Date.parse(at) < ASKED_FOR_MS

/** The turn that ended with the question for a wallet, which one that was connected since answers by itself. */
export function turnForWallet<T extends Pick<Turn, 'answer' | 'at' | 'wallet'>>(
  turns: T[],
  { account, now }: { account: string | null; now: number },
): T | null {
  const last = turns.at(-1)
  if (!last || account === null || last.wallet === account || !asks(last, now)) return null
  return last.answer?.missing_slots?.[0] === 'wallet_address' ? last : null
}
