import { encodeFunctionData, erc20Abi } from 'viem'
import { expect, test } from 'vitest'
import { tellPlan } from '../copilot/tell-plan.ts'
import {
  describeApproval,
  inspectTexts,
  isDoneByApproval,
  listPayloadRows,
  readAmount,
  sayAsString,
} from './describe-payload.ts'
import { readProposedPlan } from './proposed-plan.ts'

const purchase = { amount: 101, currency: 'EUR', merchant: 'ACME' }
const describePurchase = (payload: Parameters<typeof describeApproval>[0]['payload']) =>
  describeApproval({ action: 'purchase.create', payload, title: 'Harmless' })

test('a purchase is told from its payload, not from its title', () => {
  expect(describePurchase(purchase)).toEqual({
    sentence: 'Buy from {merchant} for {amount}',
    row: 'Buy from {merchant}',
    slots: { merchant: 'ACME', amount: '101.00 EUR' },
    amount: { decimal: '101', currency: 'EUR', shown: '101.00 EUR' },
    isFromPayload: true,
    longest: 80,
  })
})

test('the sentence can be said as one text, hidden characters written out', () => {
  const merchant = 'AC\u200bME'
  expect(sayAsString(describePurchase({ ...purchase, merchant }))).toBe(
    'Buy from AC⟨U+200B⟩ME for 101.00 EUR',
  )
})

test('a purchase without merchant says so, and one without a readable amount is not dressed up as one', () => {
  expect(describePurchase({ amount: 5, currency: 'EUR' }).sentence).toBe(
    'Buy for {amount}, the agent names the merchant later',
  )
  expect(describePurchase({ amount: 'many', currency: 'EUR' }).sentence).toBe('Run {action}')
})

test('without a payload only the words of the requester are left, marked as such', () => {
  const described = describeApproval({ action: null, payload: null, title: 'Send the drafts' })
  expect(described).toMatchObject({ slots: { words: 'Send the drafts' }, isFromPayload: false, amount: null })
})

test('a number without currency is no amount', () => {
  expect(readAmount({ amount: 5 })).toBeNull()
  expect(readAmount(null)).toBeNull()
})

test('nested values become paths; texts that look like literals keep their quotes', () => {
  expect(listPayloadRows({ a: { b: [1, 'x'] }, c: '5', d: null, e: {} })).toEqual({
    rows: [
      { path: 'a.b.0', value: '1', isLiteral: true },
      { path: 'a.b.1', value: 'x', isLiteral: false },
      { path: 'c', value: '"5"', isLiteral: false },
      { path: 'd', value: 'null', isLiteral: true },
      { path: 'e', value: '{}', isLiteral: true },
    ],
    more: 0,
  })
})

test('a huge payload is counted, not drawn', () => {
  const { rows, more } = listPayloadRows({ list: Array.from({ length: 1000 }, (_, index) => index) })
  expect(rows).toHaveLength(60)
  expect(more).toBe(940)
})

test('hidden characters and look-alike letters are found in keys, values and the words of the requester', () => {
  const approval = {
    title: 't',
    details: 'd',
    requested_by: null,
    reason: null,
    action: null,
    run_id: 'r',
    payload: null,
  } as unknown as Parameters<typeof inspectTexts>[0]
  expect(inspectTexts(approval)).toEqual({ hides: false, mixed: null })
  expect(inspectTexts({ ...approval, payload: { 'a\u200b': 1 } }).hides).toBe(true)
  expect(inspectTexts({ ...approval, payload: { list: [{ to: 'AC\u202eME' }] } }).hides).toBe(true)
  expect(inspectTexts({ ...approval, details: 'pay АCME' }).mixed?.word).toBe('АCME')
})

test('what a run of a workflow asks is told from its payload; a gate speaks in the words of its workflow', () => {
  const say = (
    action: string,
    payload: Parameters<typeof describeApproval>[0]['payload'],
    title = 'Escalate?',
  ) => sayAsString(describeApproval({ action, payload, title }))
  expect(say('human_gate', { node_id: 'ask' })).toBe('The workflow asks: “Escalate?”')
  expect(say('human_gate', { node_id: 'ask' }, '')).toBe('Let the run go on at ask')
  expect(say('tool_call', { tool_id: 'shop.order' })).toBe('Call the tool shop.order')
  expect(say('tool_call_in_doubt', { tool_id: 'shop.order' })).toMatch(
    /again: its last call has no known result$/,
  )
  expect(say('run_start', { workflow_id: 'triage' })).toBe('Start a run of triage')
  expect(say('workflow_execution', { agent_id: 'a' })).toBe('Put the agent a to work')
  expect(say('tool_call', { tool_id: 7 })).toBe('Run tool_call')
  expect(isDoneByApproval('human_gate')).toBe(true)
  expect(isDoneByApproval('purchase.create')).toBe(false)
  expect(isDoneByApproval('policy.update')).toBe(true)
})

test('a change of policies is told by the name that the policy would have, its end by the id', () => {
  const say = (action: string, payload: Parameters<typeof describeApproval>[0]['payload']) =>
    sayAsString(describeApproval({ action, payload, title: 'Harmless' }))
  expect(say('policy.create', { policy: { name: 'Never ACME' } })).toBe('Add the policy Never ACME')
  expect(say('policy.update', { policy: { name: 'Never ACME' } })).toBe('Change the policy Never ACME')
  expect(say('policy.delete', { policy_id: 'pol_1', policy: null })).toBe('Delete the policy pol_1')
})

test('a plan of a wallet is told by its bytes, whatever it says of itself; what is no plan keeps the name of its action', () => {
  const [token, payee] = ['0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48', `0x${'7'.repeat(40)}`] as const
  const data = encodeFunctionData({ abi: erc20Abi, functionName: 'approve', args: [payee, 2n ** 256n - 1n] })
  const request = { txRequestId: 'transfer-1', to: token, data, valueWei: '0', meta: { deadline: 9 } }
  const input = {
    plan_hash: 'f',
    wallet_address: payee,
    chain_id: 1,
    tx_requests: [request],
    summary: ['Send 1 USDC'],
    context: { severity: 'LOW', risk_score: 0 },
  }
  const action = 'web3.transaction'
  const say = (changes: object) => {
    const payload = { input: { ...input, ...changes } }
    const plan = readProposedPlan(action, payload)
    const told = plan && tellPlan(plan, undefined)
    return [null, told].map((known) => sayAsString(describeApproval({ action, payload, title: '' }, known)))
  }
  const unread = 'Let a wallet have transactions'
  const allowance = `Allow ${payee} to take exactly ${2n ** 256n - 1n} base units of ${token}`
  expect(say({})).toEqual([unread, allowance])
  expect(say({ tx_requests: [request, { ...request, data: '0x', valueWei: '5' }] })).toEqual([
    unread,
    `Send 5 base units of native to ${token}`,
  ])
  for (const odd of ['', '0xzz', '0x38ed1739', `0x38ed1739${'0'.repeat(64 * 6)}`]) {
    expect(say({ tx_requests: [{ ...request, data: odd }] })[0]).toBe(unread)
  }
  for (const other of [
    { tx_requests: [] },
    { tx_requests: [null] },
    { tx_requests: [{ ...request, valueWei: '0x0' }] },
    { tx_requests: [{ ...request, to: '0x' }] },
    { wallet_address: '0x' },
  ]) {
    expect(new Set(say(other))).toEqual(new Set(['Run web3.transaction']))
  }
  expect(isDoneByApproval('web3.transaction')).toBe(true)
})
