import { type Address, encodeFunctionData, formatUnits, maxUint160 } from 'viem'
import type { Token } from '../registry.ts'
import { ERC20_ABI } from './abis.ts'
import { checkAmount, invalidTransaction } from './check-amount.ts'
import { mustResetFirst } from './reset-first.ts'
import type { TxDraft } from './transaction-request.ts'

type Allowed = { chainId: number; token: Token; spender: Address }

/**
 * The approval of exactly this amount: nothing where the allowance is enough already, and first one of zero where the token
 * takes no other way from one amount to another. Where the allowance itself is what was asked for, `lowers` brings a larger one
 * down to it.
 */
export function buildApproval(
  args: Allowed & { amount: bigint; allowance: bigint; resetFirst?: boolean; lowers?: boolean },
): TxDraft[] {
  const { chainId, token, spender, allowance, resetFirst, lowers } = args
  const amount = checkAmount('amount', args.amount)
  if (lowers ? allowance === amount : allowance >= amount) return []
  if (amount >= maxUint160) throw invalidTransaction('amount', 'an approval without limit is never built')
  const approval = buildApprove(args, amount)
  const resets = allowance > 0n && (resetFirst || mustResetFirst(chainId, token.address))
  return resets ? [buildRevoke({ chainId, token, spender }), approval] : [approval]
}

export const buildRevoke = (args: Allowed): TxDraft => buildApprove(args, 0n)

function buildApprove({ chainId, token, spender }: Allowed, amount: bigint): TxDraft {
  if (token.isNative) throw invalidTransaction('token', `${token.symbol} is a coin: it has no allowances`)
  return {
    chainId,
    to: token.address,
    data: encodeFunctionData({ abi: ERC20_ABI, functionName: 'approve', args: [spender, amount] }),
    valueWei: '0',
    meta: {
      kind: amount === 0n ? 'REVOKE' : 'APPROVE',
      token: token.symbol,
      spender,
      amount: formatUnits(amount, token.decimals),
      amountBaseUnits: amount.toString(),
    },
  }
}
