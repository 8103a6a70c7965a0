import { makeRegistries } from '../../../web3/registry.ts'
import type { KnownIntent, PlannedIntent } from './schema.ts'

/** The devnet: ETH, WETH and USDC, and one router. */
export const devnet = makeRegistries().get(31337)!

export const FRIEND = '0x70997970C51812dc3A010C7d01b50e0d17dc79C8'
export const ROUTER = '0x7a250d5630B4cF539739dF2C5dAcb4c659F2488D'
export const RUN = '3f2504e0-4f89-41d3-9a0c-0305e82c3301'

/** A plan on one line: `swap 50000000 USDC>ETH bps=50`, or `? amount_in token_in` with what is missing. */
export function brief(planned: PlannedIntent): string {
  return planned.status === 'READY'
    ? briefIntent(planned.intent)
    : `? ${planned.needs_input.missing.join(' ')}`
}

export function briefIntent(intent: KnownIntent): string {
  const terms = Object.entries(intent).flatMap(([key, slot]) =>
    NAMES[key] && typeof slot === 'object' ? [`${NAMES[key]}=${briefValue(slot.value)}`] : [],
  )
  return [...mainParts(intent), ...terms].join(' ')
}

const NAMES: Record<string, string> = {
  router_key: 'router',
  slippage_bps: 'bps',
  deadline_seconds: 'seconds',
  recipient: 'to',
  chain_id: 'chain',
  spender: 'spender',
  run_id: 'run',
  wallet_address: 'wallet',
}

function briefValue(value: unknown): string {
  if (typeof value !== 'object' || value === null) return value === FRIEND ? 'friend' : String(value)
  const { address, router_key: key } = value as { address: string; router_key?: string }
  return key ?? (address === FRIEND ? 'friend' : address)
}

function mainParts(intent: KnownIntent): string[] {
  if (intent.type === 'query') return ['query', intent.topic, ...(intent.token ? [intent.token.value] : [])]
  if (intent.type === 'revoke') return ['revoke', intent.token.value]
  const { value } = intent.amount
  const amount = value.kind === 'exact' ? value.base_units : `${value.basis_points}bp`
  const kept = value.kind === 'share' && value.keeps_gas ? ['keeping gas'] : []
  if (intent.type === 'transfer') return ['transfer', amount, intent.asset.value, ...kept]
  if (intent.type === 'approve') return ['approve', amount, intent.token.value]
  const sides = `${intent.token_in.value}>${intent.token_out.value}`
  const type = intent.type === 'swap' && intent.exact === 'out' ? 'swap for' : intent.type
  return [type, amount, sides, ...kept]
}
