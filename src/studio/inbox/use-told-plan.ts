import { queryOptions, useQuery } from '@tanstack/react-query'
import { useCallback, useMemo } from 'react'
import { type Describable, type Described, describeApproval } from './describe-payload.ts'
import { type ProposedPlan, readProposedPlan, type ToldPlan } from './proposed-plan.ts'

/** What reads the bytes of transactions is loaded with the first plan that stands somewhere. */
const tellerQuery = queryOptions({
  queryKey: ['plan-teller'],
  queryFn: async ({ client }) => (await import('../copilot/tell-plan.ts')).makeTeller(client),
  staleTime: 60_000,
})

/** Tells what the bytes of a plan say; null until they can be read here. */
export function usePlanTeller(isNeeded: boolean): (plan: ProposedPlan | null) => ToldPlan | null {
  const { data: tell } = useQuery({ ...tellerQuery, enabled: isNeeded })
  return useCallback((plan) => (plan && tell ? tell(plan) : null), [tell])
}

export function useToldPlan(plan: ProposedPlan | null): ToldPlan | null {
  const tell = usePlanTeller(plan !== null)
  return useMemo(() => tell(plan), [tell, plan])
}

/** What an approval is about, a plan by its bytes. */
export function useDescribed(approval: Describable): Described {
  const { action, payload } = approval
  const told = useToldPlan(useMemo(() => readProposedPlan(action, payload), [action, payload]))
  return describeApproval(approval, told)
}
