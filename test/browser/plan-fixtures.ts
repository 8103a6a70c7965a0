import type { CopilotRun } from '../../src/apps/copilot/runs/schema.ts'
import type { PendingApproval } from '../../src/http/schema.ts'
import { CANONICAL, DEV_ACCOUNT } from '../../src/web3/devnet/addresses.ts'
import type { ReachableChains } from '../../src/web3/schema.ts'
import { buildSwap } from '../../src/web3/transactions/build-swap.ts'
import { nameRequests } from '../../src/web3/transactions/transaction-request.ts'
import { makeApproval } from './fixtures.ts'

type Chain = ReachableChains['chains'][number]

const USDC = { symbol: 'USDC', address: CANONICAL.usdc, decimals: 6, isNative: false }
const ETH = { symbol: 'ETH', address: CANONICAL.weth, decimals: 18, isNative: true }

/** The devnet as the page reads it. */
export const DEVNET: Chain = {
  chain_id: 31337,
  name: 'Devnet',
  tokens: {
    USDC: { address: USDC.address, decimals: 6, is_native: false },
    ETH: { address: ETH.address, decimals: 18, is_native: true },
  },
  routers: { UNISWAP_V2_ROUTER: { address: CANONICAL.router } },
  allowlist_to: [],
  allowlist_to_all: false,
  dex_kind: 'uniswap_v2',
  default_slippage_bps: 50,
  min_slippage_bps: 1,
  max_slippage_bps: 100,
  default_deadline_seconds: 900,
  supported_chains: [{ chain_id: 31337, name: 'Devnet' }],
  devnet_url: 'http://127.0.0.1:1',
}

const HASH = 'a8'.repeat(32)

/** The approval of a swap of so many USDC that waits, and its run as the copilot tells it. */
export function makePlanApproval(
  number: number,
  dollars = 50,
  madeAt = Date.now(),
): { approval: PendingApproval; run: CopilotRun } {
  const requests = nameRequests(
    buildSwap({
      chainId: 31337,
      tokenIn: USDC,
      tokenOut: ETH,
      router: { key: 'UNISWAP_V2_ROUTER', address: CANONICAL.router },
      quote: {
        exact: 'in',
        amountIn: BigInt(dollars) * 1_000_000n,
        amountOut: BigInt(dollars) * 400_000_000_000_000n,
        path: [USDC.address, ETH.address],
      },
      recipient: DEV_ACCOUNT,
      slippageBps: 50,
      deadlineSeconds: 1200,
      blockTime: Math.floor(madeAt / 1000),
      allowance: 0n,
    }),
  )
  const swap = `Swap ${dollars} USDC for at least ${(dollars * 398) / 1_000_000} ETH on Uniswap V2`
  const approval = makeApproval(number, {
    run_id: `01a20226-956c-76dc-9ca8-${number.toString(16).padStart(12, '0')}`,
    requested_by: 'web3_copilot_v1',
    title: swap,
    details: `1. Approve Uniswap V2 to take exactly ${dollars} USDC. 2. ${swap}. Wallet ${DEV_ACCOUNT} on chain 31337.`,
    reason: "A human must approve, by policy 'Transactions of a wallet'.",
    risk_level: 'low',
    action: 'web3.transaction',
    payload: {
      tool_id: 'web3.transaction',
      input: {
        plan_hash: HASH,
        chain_id: 31337,
        wallet_address: DEV_ACCOUNT,
        summary: [`Approve Uniswap V2 to take exactly ${dollars} USDC`, swap],
        tx_requests: requests,
        context: { severity: 'LOW', risk_score: 15, warnings: ['recipient_new'] },
      },
    } as unknown as NonNullable<PendingApproval['payload']>,
    expires_at: new Date(Date.now() + 6 * 86_400_000).toISOString(),
  })
  const warning = {
    id: 'price_impact',
    title: 'Price impact',
    status: 'WARN',
    reason: 'It moves the price by 1.2%.',
    metadata: {},
  } as const
  const run: CopilotRun = {
    id: approval.run_id,
    intent: `Swap ${dollars} USDC to ETH`,
    wallet_address: DEV_ACCOUNT,
    chain_id: 31337,
    conversation_id: null,
    status: 'AWAITING_APPROVAL',
    final_status: 'READY',
    error_code: null,
    error_message: null,
    current_step: 'HUMAN_APPROVAL',
    question_id: null,
    next_step: null,
    created_at: approval.requested_at,
    updated_at: approval.requested_at,
    artifacts: {
      plan_hash: HASH,
      tx_requests: requests as never,
      policy_result: { checks: [warning] },
      simulation: {
        status: 'completed',
        sequence: requests.map(({ txRequestId }) => txRequestId),
        engine: 'eth_simulateV1',
        blockNumber: 3,
        results: requests.map(({ txRequestId }) => ({
          txRequestId,
          success: true,
          assumed_success: false,
          gasEstimate: '50000',
          gasLimit: '60000',
          fee: { maxFeePerGas: '2000000000' },
          error: null,
        })),
        assetChanges: [{ address: DEV_ACCOUNT, token: USDC.address, delta: String(-1_000_000 * dollars) }],
      },
      decision: { action: 'NEEDS_APPROVAL', risk_score: 15, severity: 'LOW', summary: '', reasons: [] },
    },
  }
  return { approval, run }
}
