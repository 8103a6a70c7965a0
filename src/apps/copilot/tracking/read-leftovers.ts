import { type Address, erc20Abi, type PublicClient } from 'viem'
import type { ChainRegistry } from '../../../web3/registry.ts'
import { amountText } from '../policy/amounts.ts'
import { nameOfRouter } from '../policy/describe-plan.ts'
import { findToken } from '../policy/review.ts'
import type { TxRequest } from '../schema.ts'
import type { LeftoverAllowance } from './schema.ts'

/**
 * What may still be taken from the wallet by the approvals of a plan that failed: as the chain has it, or where it cannot be asked
 * as it was approved.
 */
export async function readLeftovers(
  client: PublicClient,
  requests: TxRequest[],
  { wallet, registry }: { wallet: Address; registry: ChainRegistry },
): Promise<LeftoverAllowance[]> {
  const approvals = requests.filter(({ meta: { kind } }) => kind === 'APPROVE')
  const read = await Promise.all(
    approvals.map(async ({ to, meta: { spender, amountBaseUnits } }) => {
      const allowance = await client
        .readContract({
          address: to,
          abi: erc20Abi,
          functionName: 'allowance',
          args: [wallet, spender as Address],
        })
        .catch(() => BigInt(amountBaseUnits ?? 0))
      const token = findToken(registry, to)
      return {
        token: to,
        symbol: token?.symbol ?? null,
        spender: spender as Address,
        spender_name: nameOfRouter({ registry }, spender!),
        allowance: allowance.toString(),
        allowance_text: token ? amountText(allowance, token) : `${allowance} base units of ${to}`,
      }
    }),
  )
  return read.filter(({ allowance }) => allowance !== '0')
}
