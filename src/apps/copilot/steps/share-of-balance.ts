import type { Token } from '../../../web3/registry.ts'
import { readHead } from '../../../web3/simulate/read-head.ts'
import { applyAnswers } from '../planner/plan-intent.ts'
import type { Amount, KnownIntent } from '../planner/schema.ts'
import { amountText, nativeOf } from '../policy/amounts.ts'
import type { TransactionKind, WalletSnapshot } from '../schema.ts'
import type { StepCall } from './step-call.ts'

/** What of the chain's own coin stays in the wallet where a share of it is to go. In wei. */
export type Kept = { gas: bigint; reserve: bigint }
const NOTHING_KEPT: Kept = { gas: 0n, reserve: 0n }

const KINDS = {
  swap: 'SWAP',
  transfer: 'TRANSFER',
  wrap: 'WRAP',
} as const satisfies { [type: string]: TransactionKind }

/** The kind of plan that sends a share of the coin which also pays its gas; null for any other. */
function kindThatKeeps(intent: KnownIntent): TransactionKind | null {
  if (intent.type !== 'swap' && intent.type !== 'transfer' && intent.type !== 'wrap') return null
  const { value } = intent.amount
  const goesOut = intent.type !== 'swap' || intent.exact === 'in'
  return goesOut && value.kind === 'share' && value.keeps_gas ? KINDS[intent.type] : null
}

/**
 * The gas is what such a plan is warned of when it takes more, at the price of the snapshot's block. Most take a third of that
 * or less, which leaves room for a price that has risen until the wallet signs.
 */
export async function readKept(call: StepCall, intent: KnownIntent): Promise<Kept> {
  const kind = kindThatKeeps(intent)
  if (!kind) return NOTHING_KEPT
  const { gasCaps, nativeReserveWei } = call.copilot.limits
  return { gas: roundUp(gasCaps[kind] * (await readGasPrice(call))), reserve: nativeReserveWei }
}

/** At the block of the snapshot. */
export async function readGasPrice({ client, artifacts }: StepCall): Promise<bigint> {
  const { blockNumber } = artifacts.wallet_snapshot!
  const { fee } = await readHead(client, blockNumber === undefined ? undefined : BigInt(blockNumber))
  return 'gasPrice' in fee ? fee.gasPrice : fee.baseFeePerGas + 2n * fee.maxPriorityFeePerGas
}

/** To two digits: nobody wants to read more of them. */
function roundUp(amount: bigint): bigint {
  const unit = 10n ** BigInt(Math.max(0, amount.toString().length - 2))
  return ((amount + unit - 1n) / unit) * unit
}

/** Asked for beside the snapshot, the price of gas costs no round trip of its own: it is known when the plan is made. */
export async function foreseeKept({ client, artifacts, answers, registry }: StepCall): Promise<void> {
  const planned = applyAnswers(artifacts.normalized_intent!, answers, registry!)
  if (planned.status === 'READY' && kindThatKeeps(planned.intent)) await readHead(client)
}

type Share = Extract<Amount, { kind: 'share' }>
const shareOf = (held: bigint, { basis_points }: Share) => (held * BigInt(basis_points)) / 10_000n

/** A share is of all that the wallet holds of the token; what has to stay is not given away with it. */
export function unitsOf(
  amount: Amount,
  token: Token,
  snapshot: WalletSnapshot,
  { gas, reserve }: Kept,
): bigint {
  if (amount.kind === 'exact') return BigInt(amount.base_units)
  const held = balanceOf(token, snapshot)
  const [share, most] = [shareOf(held, amount), held - gas - reserve]
  return share < most ? share : most < 0n ? 0n : most
}

export function balanceOf(token: Token, { native, erc20 }: WalletSnapshot): bigint {
  if (token.isNative) return BigInt(native.balanceWei)
  return BigInt(erc20.find((held) => held.token === token.address)?.balance ?? 0)
}

/** What was kept back of the share that was asked for; null where all of it goes. */
export function describeKept(
  { artifacts, registry }: StepCall,
  intent: KnownIntent,
  { gas, reserve }: Kept,
): string | null {
  const coin = nativeOf(registry)
  if (gas === 0n || !coin || !('amount' in intent) || intent.amount.value.kind !== 'share') return null
  const held = balanceOf(coin, artifacts.wallet_snapshot!)
  if (shareOf(held, intent.amount.value) <= held - gas - reserve) return null
  const forGas = `${amountText(gas, coin)} to pay for gas`
  if (reserve === 0n) return forGas
  return `${amountText(gas + reserve, coin)}: ${forGas}, and ${amountText(reserve, coin)} that is always kept here`
}
