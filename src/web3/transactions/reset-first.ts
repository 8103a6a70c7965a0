import type { Address } from 'viem'
import type { TxRequest } from './transaction-request.ts'

/** Tokens that refuse a new allowance while another stands: Tether USD, Lido DAO, Curve DAO. */
const RESET_FIRST: Record<number, Set<string>> = {
  1: new Set([
    '0xdac17f958d2ee523a2206206994597c13d831ec7',
    '0x5a98fcbea516cf06857215779fd812ca3bef1b32',
    '0xd533a949740bb3306d119cc777fa900ba034cd52',
  ]),
}

export const mustResetFirst = (chainId: number, token: Address): boolean =>
  RESET_FIRST[chainId]?.has(token.toLowerCase()) ?? false

type Standing = { token: Address; spender: Address; allowance: bigint }
type Result = { txRequestId: string; success: boolean }

/**
 * Tokens whose approval failed in simulation while another allowance stood: what is built for them anew should begin with an
 * approval of zero. The list cannot know every such token.
 */
export function findTokensToReset(requests: TxRequest[], results: Result[], standing: Standing[]): Address[] {
  const failed = new Set(results.filter(({ success }) => !success).map(({ txRequestId }) => txRequestId))
  const resets = new Set(requests.filter(({ meta }) => meta.kind === 'REVOKE').map(({ to }) => to))
  return requests
    .filter(({ txRequestId, to, meta }) => {
      const allowance = standing.find(
        ({ token, spender }) => same(token, to) && meta.spender !== undefined && same(spender, meta.spender),
      )?.allowance
      return meta.kind === 'APPROVE' && failed.has(txRequestId) && !resets.has(to) && (allowance ?? 0n) > 0n
    })
    .map(({ to }) => to)
}

const same = (one: Address, other: Address) => one.toLowerCase() === other.toLowerCase()
