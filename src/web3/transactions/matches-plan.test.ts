import { expect, test } from 'vitest'
import { buildTransfer } from './build-transfer.ts'
import { matchesPlan } from './matches-plan.ts'
import { FRIEND, ROUTER, USDC, WALLET } from './transactions.fixture.ts'

const request = buildTransfer({ chainId: 31337, token: USDC, recipient: FRIEND, amount: 5n })
const mined = { chainId: 31337, from: WALLET.toLowerCase(), to: request.to, value: 0n, input: request.data }

test('a transaction is the planned one whatever the letters of its addresses', () => {
  expect(matchesPlan(mined, request, WALLET, 31337)).toEqual({ matches: true })
  expect(matchesPlan({ ...mined, to: request.to.toLowerCase() }, request, WALLET, 31337).matches).toBe(true)
})

test.each([
  ['chainId', { chainId: 1 }],
  ['chainId', { chainId: undefined }],
  ['from', { from: FRIEND }],
  ['to', { to: ROUTER.address }],
  ['to', { to: null }],
  ['value', { value: 1n }],
  ['input', { input: `${request.data}00` }],
  ['input', { input: '0x' }],
])('another %s is told, and is the first difference', (field, change) => {
  expect(matchesPlan({ ...mined, ...change }, request, WALLET, 31337)).toMatchObject({
    matches: false,
    field,
  })
})

test('a request for another chain never matches', () => {
  expect(matchesPlan({ ...mined, chainId: 1 }, request, WALLET, 1)).toMatchObject({ field: 'chainId' })
})
