import type { Snapshot } from './snapshot.ts'

/** A snapshot as artifacts and the wire have it: amounts as decimal strings of base units. */
export const presentSnapshot = (snapshot: Snapshot) => ({
  ...snapshot,
  native: { balanceWei: String(snapshot.native.balanceWei) },
  erc20: snapshot.erc20.map((entry) => ({ ...entry, balance: String(entry.balance) })),
  allowances: snapshot.allowances.map((entry) => ({ ...entry, allowance: String(entry.allowance) })),
  blockNumber: Number(snapshot.blockNumber),
  blockTime: Number(snapshot.blockTime),
})
