import type { QueryClient } from '@tanstack/react-query'
import type { Chain } from '../api/copilot-client.ts'
import { chainsQuery } from '../api/copilot-queries.ts'
import type { ProposedPlan, ToldPlan } from '../inbox/proposed-plan.ts'
import { describeRequest } from './describe-request.ts'
import { deadlineOf, readRequests } from './read-plan.ts'

/** What a plan does and until when it holds, by its bytes: whatever else stands in a payload anybody may have written. */
export function tellPlan({ requests, wallet, chainId }: ProposedPlan, chains: Chain[] | undefined): ToldPlan {
  const read = readRequests(requests)
  const deadline = deadlineOf(read)
  const chain = chains?.find(({ chain_id }) => chain_id === chainId)
  return {
    words: describeRequest(read.at(-1)!, chain, wallet),
    holdsUntil: deadline === null ? null : deadline * 1000,
  }
}

/** Where the names of tokens and routers cannot be read, it is told in addresses and base units. */
export async function makeTeller(client: QueryClient): Promise<(plan: ProposedPlan) => ToldPlan> {
  const known = await client.ensureQueryData(chainsQuery).catch(() => undefined)
  return (plan) => tellPlan(plan, known?.chains)
}
