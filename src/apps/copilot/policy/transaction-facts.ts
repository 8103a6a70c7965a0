import type { Json } from '../../../lib/canonical-json.ts'
import type { Token } from '../../../web3/registry.ts'
import type { Check, CopilotDecision } from '../schema.ts'
import { atLeast, decimalText, isDollar, nativeOf } from './amounts.ts'
import { callsOf, findToken, payeesOf, type Review, type ReviewedRequest, swapInput } from './review.ts'

/**
 * What policies may look at in a plan, below `context` of the action `web3.transaction`. By the bytes of the transactions and not by what is said of
 * them. Each member is always there, with an empty text where it has no meaning, because a rule about a member that is
 * missing would hold back plans it was not made for; only `usd` is absent where nobody knows it, so that a rule about it
 * does.
 */
export function transactionFacts(
  review: Review,
  decision: CopilotDecision,
  checks: readonly Check[],
): Record<string, Json> {
  const { action, registry, chainId, wallet } = review
  const main = review.requests.at(-1)
  const moved = main ? movedBy(review, main) : { token: null, amount: 0n, tokenOut: null, amountOut: 0n }
  const recipient = payeesOf(review).at(-1)?.payee ?? wallet
  const spender = callsOf(review, 'approve').at(-1)?.call.spender ?? ''
  const usd = dollarsOf(review, moved)
  return {
    kind: action?.kind ?? '',
    chain_id: chainId,
    chain: registry?.name ?? '',
    wallet,
    wallet_lowercase: wallet.toLowerCase(),
    token: moved.token?.symbol ?? '',
    amount: moved.token ? atLeast(moved.amount, moved.token.decimals) : 0,
    amount_text: moved.token ? decimalText(moved.amount, moved.token.decimals) : '',
    token_out: moved.tokenOut?.symbol ?? '',
    least_out_text: moved.tokenOut ? decimalText(moved.amountOut, moved.tokenOut.decimals) : '',
    recipient,
    recipient_lowercase: recipient.toLowerCase(),
    to_other: recipient.toLowerCase() !== wallet.toLowerCase(),
    spender,
    spender_lowercase: spender.toLowerCase(),
    router: action?.kind === 'SWAP' ? action.routerKey : '',
    slippage_bps: (action?.kind === 'SWAP' && action.slippageBps) || 0,
    transactions: review.requests.length,
    risk_score: decision.risk_score,
    severity: decision.severity,
    warnings: checks.filter(({ status }) => status === 'WARN').map(({ id }) => id),
    ...(usd !== null && { usd }),
  }
}

type Moved = { token: Token | null; amount: bigint; tokenOut: Token | null; amountOut: bigint }

/** What goes and what comes. Of an approval, what may be taken. */
function movedBy({ registry }: Review, { call, value }: ReviewedRequest): Moved {
  const native = nativeOf(registry)
  const moved = (
    token: Token | null,
    amount: bigint,
    tokenOut: Token | null = null,
    amountOut = 0n,
  ): Moved => ({
    token,
    amount,
    tokenOut,
    amountOut,
  })
  switch (call.type) {
    case 'swap':
      return moved(
        call.nativeIn ? native : findToken(registry, call.path[0]),
        swapInput(call, value),
        call.nativeOut ? native : findToken(registry, call.path.at(-1)),
        call.amountOut,
      )
    case 'transfer':
    case 'approve':
      return moved(findToken(registry, call.to), call.amount)
    case 'withdraw':
      return moved(findToken(registry, call.to), call.amount, native, call.amount)
    case 'deposit':
      return moved(native, value, findToken(registry, call.to), value)
    case 'empty':
      return moved(native, value)
    case 'transferFrom':
    case 'batch':
    case 'unknown':
      return moved(null, 0n)
  }
}

/** Where dollars come out, what is quoted counts: the least would make the plan look smaller than it is. */
function dollarsOf(
  { artifacts, action }: Review,
  { token, amount, tokenOut, amountOut }: Moved,
): number | null {
  if (token && isDollar(token)) return atLeast(amount, token.decimals)
  if (action?.kind !== 'SWAP' || !tokenOut || !isDollar(tokenOut)) return null
  const quoted = BigInt(artifacts.quote?.amountsOut.at(-1) ?? 0)
  return atLeast(quoted > amountOut ? quoted : amountOut, tokenOut.decimals)
}
