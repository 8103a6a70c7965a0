import { type Address, encodeFunctionData, formatUnits } from 'viem'
import type { Token } from '../registry.ts'
import { ERC20_ABI } from './abis.ts'
import { checkAmount } from './check-amount.ts'
import type { TxDraft } from './transaction-request.ts'

/** Sends coins by value, tokens by a call of the token. */
export function buildTransfer(args: {
  chainId: number
  token: Token
  recipient: Address
  amount: bigint
}): TxDraft {
  const { chainId, token, recipient } = args
  const amount = checkAmount('amount', args.amount)
  const meta = {
    kind: 'TRANSFER',
    token: token.symbol,
    recipient,
    amount: formatUnits(amount, token.decimals),
    amountBaseUnits: amount.toString(),
  } as const
  if (token.isNative) return { chainId, to: recipient, data: '0x', valueWei: amount.toString(), meta }
  const data = encodeFunctionData({ abi: ERC20_ABI, functionName: 'transfer', args: [recipient, amount] })
  return { chainId, to: token.address, data, valueWei: '0', meta }
}
