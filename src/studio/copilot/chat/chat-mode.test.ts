import { expect, test } from 'vitest'
import type { CopilotStatus } from '../../../apps/copilot/runs/schema.ts'
import { type ChatMode, chatModeOf } from './chat-mode.ts'
import type { Turn } from './conversation.ts'

const NOW = Date.parse('2026-01-02T03:04:05Z')
const modeOf = (
  turns: Pick<Turn, 'answer' | 'at'>[],
  isPreparing: boolean,
  runStatus: CopilotStatus | null,
  now = NOW,
) => chatModeOf(turns, { isPreparing, runStatus, now })
const answered = (changes: Partial<NonNullable<Turn['answer']>>): Pick<Turn, 'answer' | 'at'> => ({
  at: new Date(NOW).toISOString(),
  answer: {
    mode: 'QUERY',
    assistant_message: '',
    questions: [],
    run_id: null,
    data: {},
    pending: false,
    pending_slots: {},
    suggestions: [],
    ...changes,
  },
})
const LOST = { at: '', answer: null }
const asks = answered({ mode: 'CLARIFY', pending: true })

test.each<[CopilotStatus, ChatMode]>([
  ['RUNNING', 'RUNNING_ACTION'],
  ['NEEDS_INPUT', 'CLARIFYING'],
  ['AWAITING_APPROVAL', 'NEEDS_APPROVAL'],
  ['APPROVED_READY', 'EXECUTING'],
  ['SUBMITTED', 'EXECUTING'],
  ['CONFIRMED', 'DONE'],
  ['BLOCKED', 'BLOCKED'],
  ['REVERTED', 'BLOCKED'],
])('a run that is %s has the conversation at %s', (status, mode) => {
  expect(modeOf([answered({ mode: 'ACTION', run_id: 'r' })], false, status)).toBe(mode)
})

test('an open question comes before an older run until it is forgotten, and what is being prepared before both', () => {
  expect(modeOf([asks], false, 'CONFIRMED')).toBe('CLARIFYING')
  expect(modeOf([asks], false, 'CONFIRMED', NOW + 20 * 60_000)).toBe('DONE')
  expect(modeOf([asks], true, 'CONFIRMED')).toBe('RUNNING_ACTION')
})

test('without a run and a question the conversation is idle, also where an answer did not come', () => {
  expect(modeOf([], false, null)).toBe('IDLE_CHAT')
  expect(modeOf([answered({}), LOST], false, null)).toBe('IDLE_CHAT')
  expect(modeOf([asks, LOST], false, null)).toBe('CLARIFYING')
})
