import { expect, test } from 'vitest'
import type { SlotName } from '../../../apps/copilot/planner/schema.ts'
import type { CopilotStatus } from '../../../apps/copilot/runs/schema.ts'
import { type ChatMode, chatModeOf, turnForWallet } from './chat-mode.ts'
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
  ['AWAITING_APPROVAL', 'NEEDS_APPROVAL'],
  ['APPROVED_READY', 'EXECUTING'],
  ['SUBMITTED', 'EXECUTING'],
  ['CONFIRMED', 'DONE'],
  ['BLOCKED', 'BLOCKED'],
  ['REVERTED', 'BLOCKED'],
])('a run that is %s has the conversation at %s', (status, mode) => {
  expect(modeOf([answered({ mode: 'ACTION', run_id: 'r' })], false, status)).toBe(mode)
})

test('what a run asks is answered by words only while the conversation waits for them', () => {
  const asked = answered({ mode: 'ACTION', run_id: 'r', pending: true })
  expect(modeOf([asked], false, 'NEEDS_INPUT')).toBe('CLARIFYING')
  expect(modeOf([asked, answered({ pending: true })], false, 'NEEDS_INPUT')).toBe('CLARIFYING')
  expect(modeOf([asked], false, 'NEEDS_INPUT', NOW + 20 * 60_000)).toBe('IDLE_CHAT')
  expect(modeOf([asked, answered({ mode: 'GENERAL' })], false, 'NEEDS_INPUT')).toBe('IDLE_CHAT')
  expect(modeOf([], false, 'NEEDS_INPUT')).toBe('IDLE_CHAT')
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

test('the question for a wallet is answered by one that was connected since, while it stands and comes last', () => {
  const asksFor = (...missing: SlotName[]) => ({
    ...answered({ mode: 'CLARIFY', pending: true, missing_slots: missing }),
    wallet: null,
  })
  const forWallet = asksFor('wallet_address')
  const found = (turns: Parameters<typeof turnForWallet>[0], account: string | null = '0xA', now = NOW) =>
    turnForWallet(turns, { account, now })
  expect(found([forWallet])).toBe(forWallet)
  expect(found([forWallet], null)).toBeNull()
  expect(found([forWallet], '0xA', NOW + 20 * 60_000)).toBeNull()
  // One that was shown when the question came was not what it asks for.
  expect(found([{ ...forWallet, wallet: '0xA' }])).toBeNull()
  expect(found([{ ...forWallet, wallet: '0xB' }])).not.toBeNull()
  expect(found([asksFor('amount_in', 'wallet_address')])).toBeNull()
  expect(found([forWallet, { ...LOST, wallet: '0xA' }])).toBeNull()
  expect(found([])).toBeNull()
})
