import type { Chain } from '../api/copilot-client.ts'
import { copilotText } from '../text-copilot.ts'
import { type Asset, findAsset, findRouterName, sayAmount } from './read-plan.ts'

/** An amount as a person writes it; of a token that nobody knows here, in its base units. */
export function sayAsset(chain: Chain | undefined, asset: Asset, amount: bigint): string {
  const known = findAsset(chain, asset)
  return known ? sayAmount(amount, known) : copilotText.copilotPlan.unitsOf(amount.toString(), asset)
}

/** A change, with its sign. */
export function sayDelta(chain: Chain | undefined, asset: Asset, delta: bigint): string {
  return `${delta > 0n ? '+' : ''}${sayAsset(chain, asset, delta)}`
}

/** How much worse than quoted a swap came out, from hundredths of a percent. */
export function saySlippage(paidBps: number, allowedBps: number): string {
  const says = copilotText.copilotPlan
  const percent = (bps: number) => String(Number((bps / 100).toFixed(4)))
  return paidBps < 0
    ? says.slippageBetter(percent(-paidBps))
    : says.slippageSays(percent(paidBps), percent(allowedBps))
}

export const nameAsset = (chain: Chain | undefined, asset: Asset): string =>
  findAsset(chain, asset)?.symbol ?? asset

export const nameAddress = (chain: Chain | undefined, address: string): string =>
  findRouterName(chain, address) ?? address
