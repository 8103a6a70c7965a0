import type { TxRequest } from '../../apps/copilot/schema.ts'
import type { Payload } from './describe-payload.ts'

/** By this name the gate knows what lets a wallet have transactions. */
export const WEB3_TRANSACTION = 'web3.transaction'

/** A plan of the copilot as an approval binds it: what the wallet would get. What it says of itself besides is not read. */
export type ProposedPlan = {
  planHash: string
  wallet: string
  chainId: number
  requests: TxRequest[]
}

/** What the bytes of a plan say. */
export type ToldPlan = {
  /** What its last transaction does. */
  words: string
  /** In milliseconds: until then it holds by the clock of the chain; null where nothing in it has a time. */
  holdsUntil: number | null
}

/** Reads it from the payload; null where that is anything else, for anybody may call a tool with anything. */
export function readProposedPlan(action: string | null, payload: Payload | null): ProposedPlan | null {
  if (action !== WEB3_TRANSACTION) return null
  const input = membersOf(payload?.input)
  const { plan_hash: planHash, wallet_address: wallet, chain_id: chainId, tx_requests: requests } = input
  if (typeof planHash !== 'string' || !isAddress(wallet) || typeof chainId !== 'number') return null
  if (!Array.isArray(requests) || requests.length === 0 || !requests.every(isRequest)) return null
  return { planHash, wallet, chainId, requests }
}

/** What the run of a plan found out about it, as far as the card beside shows it. */
export type Findings = { status: 'known'; score: number | null } | { status: 'awaited' | 'unknown' }

function isRequest(value: unknown): value is TxRequest {
  const { txRequestId, to, data, valueWei, meta } = membersOf(value)
  const texts = [txRequestId, data, valueWei].every((text) => typeof text === 'string')
  return texts && isAddress(to) && typeof meta === 'object' && /^\d+$/.test(String(valueWei))
}

const isAddress = (value: unknown): value is string =>
  typeof value === 'string' && /^0x[0-9a-fA-F]{40}$/.test(value)

const membersOf = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
