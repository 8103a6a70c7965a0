import { type Address, type Hex, numberToHex, pad, toEventSelector } from 'viem'
import { describe, expect, test } from 'vitest'
import { realisedChanges, type SeenReceipt } from './realised-changes.ts'
import { FRIEND, ROUTER, USDC, WALLET, WETH } from './transactions.fixture.ts'

const log = (address: Address, event: string, accounts: Address[], amount: bigint) => ({
  address,
  topics: [toEventSelector(event), ...accounts.map((account) => pad(account))] as Hex[],
  data: numberToHex(amount, { size: 32 }),
})
const transfer = (token: Address, from: Address, to: Address, amount: bigint) =>
  log(token, 'Transfer(address,address,uint256)', [from, to], amount)
const deposit = (account: Address, amount: bigint) =>
  log(WETH.address, 'Deposit(address,uint256)', [account], amount)
const withdrawal = (account: Address, amount: bigint) =>
  log(WETH.address, 'Withdrawal(address,uint256)', [account], amount)
const receipt = (logs: SeenReceipt['logs'], to: Address = ROUTER.address): SeenReceipt => ({
  status: 'success',
  to,
  gasUsed: 100n,
  effectiveGasPrice: 7n,
  logs,
})
const wrappedNative = WETH.address

describe('what a mined transaction changed is read from its logs', () => {
  test('tokens of the wallet, summed up, and nobody else’s', () => {
    const logs = [
      transfer(USDC.address, WALLET, FRIEND, 5n),
      transfer(USDC.address, FRIEND, WALLET, 2n),
      transfer(USDC.address, FRIEND, ROUTER.address, 9n),
    ]
    expect(realisedChanges(receipt(logs), WALLET)).toEqual({
      changes: [{ address: WALLET, token: USDC.address, delta: -3n }],
      gasPaidWei: 700n,
    })
  })

  test('coins that the router unwrapped for the wallet', () => {
    const logs = [transfer(USDC.address, WALLET, FRIEND, 5n), withdrawal(ROUTER.address, 11n)]
    const { changes } = realisedChanges(receipt(logs), WALLET, { wrappedNative })
    expect(changes).toContainEqual({ address: WALLET, token: 'native', delta: 11n })
    const elsewhere = realisedChanges(receipt(logs), WALLET, { wrappedNative, recipient: FRIEND })
    expect(elsewhere.changes.map(({ token }) => token)).toEqual([USDC.address])
  })

  test('coins that the router took and did not give back', () => {
    const logs = [deposit(ROUTER.address, 8n), transfer(USDC.address, FRIEND, WALLET, 5n)]
    const { changes } = realisedChanges(receipt(logs), WALLET, { wrappedNative, value: 10n })
    expect(changes).toContainEqual({ address: WALLET, token: 'native', delta: -8n })
  })

  test('wrapping and unwrapping by the wallet itself change both sides', () => {
    const wrap = realisedChanges(receipt([deposit(WALLET, 4n)], WETH.address), WALLET, {
      wrappedNative,
      value: 4n,
    })
    expect(wrap.changes.map(({ token, delta }) => [token, delta])).toEqual([
      [WETH.address, 4n],
      ['native', -4n],
    ])
    const unwrap = realisedChanges(receipt([withdrawal(WALLET, 4n)], WETH.address), WALLET, { wrappedNative })
    expect(unwrap.changes.map(({ token, delta }) => [token, delta])).toEqual([
      [WETH.address, -4n],
      ['native', 4n],
    ])
  })

  test('a transfer of coins is its value', () => {
    const { changes } = realisedChanges(receipt([], FRIEND), WALLET, { value: 4n })
    expect(changes).toEqual([{ address: WALLET, token: 'native', delta: -4n }])
  })

  test('of one that reverted only the gas', () => {
    const reverted = { ...receipt([]), status: 'reverted' as const }
    expect(realisedChanges(reverted, WALLET, { value: 4n })).toEqual({ changes: [], gasPaidWei: 700n })
  })

  test('logs that only look alike are passed over', () => {
    const lookalike = { ...transfer(USDC.address, WALLET, FRIEND, 5n), data: '0x' as Hex }
    const elsewhere = { ...withdrawal(ROUTER.address, 11n), address: USDC.address }
    const cut = { ...withdrawal(WALLET, 11n), data: '0x' as Hex }
    expect(realisedChanges(receipt([lookalike, elsewhere, cut]), WALLET, { wrappedNative }).changes).toEqual(
      [],
    )
  })
})
