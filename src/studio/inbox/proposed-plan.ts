import type { TxRequest } from '../../apps/copilot/schema.ts'
import type { Payload } from './describe-payload.ts'

/** By this name the gate knows what lets a wallet have transactions. */
export const WEB3_TRANSACTION = 'web3.transaction'

/** A plan of the copilot as an approval binds it. */
export type ProposedPlan = {
  /** What its last transaction does, in the words of the product. */
  words: string
  planHash: string
  wallet: string
  chainId: number
  requests: TxRequest[]
  severity: 'LOW' | 'MED' | 'HIGH' | null
  score: number | null
  /** In milliseconds: until then it holds by the clock of the chain; null where nothing in it has a time. */
  holdsUntil: number | null
}

/** Reads it from the payload; null where that is anything else, for anybody may call a tool with anything. */
export function readProposedPlan(action: string | null, payload: Payload | null): ProposedPlan | null {
  if (action !== WEB3_TRANSACTION) return null
  const input = membersOf(payload?.input)
  const { plan_hash: planHash, wallet_address: wallet, chain_id: chainId, tx_requests: requests } = input
  const words = Array.isArray(input.summary) ? input.summary.at(-1) : undefined
  if (typeof planHash !== 'string' || typeof wallet !== 'string' || typeof chainId !== 'number') return null
  if (typeof words !== 'string' || words === '' || !Array.isArray(requests) || requests.length === 0)
    return null
  if (!requests.every(isRequest)) return null
  const { severity, risk_score: score } = membersOf(input.context)
  const deadlines = requests.flatMap(({ meta }) => meta.deadline ?? [])
  return {
    words,
    planHash,
    wallet,
    chainId,
    requests,
    severity: severity === 'LOW' || severity === 'MED' || severity === 'HIGH' ? severity : null,
    score: typeof score === 'number' ? score : null,
    holdsUntil: deadlines.length > 0 ? Math.min(...deadlines) * 1000 : null,
  }
}

function isRequest(value: unknown): value is TxRequest {
  const { txRequestId, to, data, valueWei, meta } = membersOf(value)
  const { deadline = 0 } = membersOf(meta)
  const texts = [txRequestId, to, data, valueWei].every((text) => typeof text === 'string')
  return texts && typeof meta === 'object' && Number.isSafeInteger(deadline) && /^\d+$/.test(String(valueWei))
}

const membersOf = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
