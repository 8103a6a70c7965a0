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

/** A question that is open comes first: only words answer it. Otherwise the run that is shown says where things stand. */
export function chatModeOf(
  turns: Pick<Turn, 'answer'>[],
  isPreparing: boolean,
  runStatus: CopilotStatus | null,
): ChatMode {
  if (isPreparing) return 'RUNNING_ACTION'
  const last = turns.findLast(({ answer }) => answer)?.answer
  if (last?.mode === 'CLARIFY' && last.pending && last.run_id === null) return 'CLARIFYING'
  return runStatus ? OF_STATUS[runStatus] : 'IDLE_CHAT'
}
