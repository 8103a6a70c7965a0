import { expect, test } from 'vitest'
import type { CopilotStatus } from '../../../apps/copilot/runs/schema.ts'
import { type ChatMode, chatModeOf } from './chat-mode.ts'
import type { Turn } from './conversation.ts'

const answered = (changes: Partial<NonNullable<Turn['answer']>>): Pick<Turn, 'answer'> => ({
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
  expect(chatModeOf([answered({ mode: 'ACTION', run_id: 'r' })], false, status)).toBe(mode)
})

test('an open question comes before an older run, and what is being prepared before both', () => {
  expect(chatModeOf([asks], false, 'CONFIRMED')).toBe('CLARIFYING')
  expect(chatModeOf([asks], true, 'CONFIRMED')).toBe('RUNNING_ACTION')
})

test('without a run and a question the conversation is idle, also where an answer did not come', () => {
  expect(chatModeOf([], false, null)).toBe('IDLE_CHAT')
  expect(chatModeOf([answered({}), { answer: null }], false, null)).toBe('IDLE_CHAT')
  expect(chatModeOf([asks, { answer: null }], false, null)).toBe('CLARIFYING')
})
