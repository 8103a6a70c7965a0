import type { Address } from 'viem'
import { readTransfer } from '../transactions/read-transfer.ts'
import type { AllowanceChange, AssetChange, CallOutcome, Reading, WatchList } from './simulation.ts'

/** Where nodes put the coins that move, as if they were tokens, when they are asked to trace transfers. */
const COIN = '0xeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee'

export type Change = { address: Address; token: Address | 'native'; delta: bigint }

/**
 * What one call changed: balances are what was read before and after, because logs may lie. Of tokens that nobody thought of
 * reading, the wallet's changes are what the logs tell.
 */
export function changesOf(
  { holders, tokens }: WatchList,
  before: Reading,
  after: Reading,
  { logs }: Pick<CallOutcome, 'logs'>,
): Change[] {
  const read = holders.flatMap((address, row) =>
    (['native', ...tokens] as const).flatMap((token, column): Change[] => {
      const [old, now] = [before.balances[row]?.[column] ?? null, after.balances[row]?.[column] ?? null]
      return old === null || now === null || old === now ? [] : [{ address, token, delta: now - old }]
    }),
  )
  const unreadable = (token: Address) => {
    const column = tokens.indexOf(token)
    return column === -1 || after.balances[0]?.[column + 1] == null
  }
  const wallet = holders[0]!
  const told = (logs ?? []).flatMap((log): Change[] => {
    const token = log.address
    const transfer = readTransfer(log)
    if (!transfer || log.address.toLowerCase() === COIN || !unreadable(token)) return []
    const sides = [
      [transfer.from, -transfer.value],
      [transfer.to, transfer.value],
    ] as const
    return sides.flatMap(([address, delta]) => (address === wallet ? [{ address, token, delta }] : []))
  })
  return sumChanges([...read, ...told])
}

/** What others may take of the wallet, where one call made it another than before. */
export const allowanceChangesOf = (
  { tokens, spenders }: WatchList,
  before: Reading,
  after: Reading,
): AllowanceChange[] =>
  tokens.flatMap((token, row) =>
    spenders.flatMap((spender, column): AllowanceChange[] => {
      const [old, now] = [before.allowances[row]?.[column] ?? null, after.allowances[row]?.[column] ?? null]
      return old === now ? [] : [{ token, spender, before: textOf(old), after: textOf(now) }]
    }),
  )

const textOf = (amount: bigint | null) => amount?.toString() ?? null

/** One for each account and token, without those that cancel out. */
export function sumChanges(changes: Change[]): Change[] {
  const sums = new Map<string, Change>()
  for (const { address, token, delta } of changes) {
    const key = `${address}:${token}`
    sums.set(key, { address, token, delta: (sums.get(key)?.delta ?? 0n) + delta })
  }
  return [...sums.values()].filter(({ delta }) => delta !== 0n)
}

export const presentChanges = (changes: Change[]): AssetChange[] =>
  changes.map(({ address, token, delta }) => ({ address, token, delta: delta.toString() }))
