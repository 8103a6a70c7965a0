import { amountText, decimalText } from '../amounts.ts'
import type { CheckDefinition } from '../check-definition.ts'
import { nameOfRouter } from '../describe-plan.ts'
import { broken, fail, notApplicable, type Outcome, pass, unavailable, warn, worst } from '../outcome.ts'
import {
  accountOf,
  callsOf,
  findRouter,
  findToken,
  type Review,
  type ReviewedCall,
  resultOf,
  sameAddress,
  swapInput,
  tokenFactsOf,
} from '../review.ts'
import { UNLIMITED } from '../rules.ts'

const NO_APPROVAL = notApplicable('There is no approval in this plan.')

/** Taking an allowance away is never a danger, whoever held it. */
const granting = (review: Review): ReviewedCall<'approve'>[] =>
  callsOf(review, 'approve').filter(({ call }) => call.amount > 0n)

const spenderKnown = (review: Review): Outcome => {
  const approvals = granting(review)
  const strangers = approvals.filter(({ call }) => !findRouter(review.registry, call.spender))
  if (strangers.length > 0) {
    const spenders = strangers.map(({ call }) => call.spender)
    return fail(`The allowance would be for ${spenders.join(', ')}, which is no known router.`, { spenders })
  }
  return approvals.length === 0 ? NO_APPROVAL : pass('Allowances are for known routers only.')
}

const spenderIsContract = (review: Review): Outcome => {
  const approvals = granting(review)
  return worst(
    approvals.flatMap(({ call: { spender } }): Outcome[] => {
      const account = accountOf(review, spender)
      if (!account) return [broken(`The code of ${spender} could not be read.`, { spender })]
      if (account.codeHash && !account.delegate) return []
      return [
        fail(`The allowance would be for ${spender}, which is a person's account and no contract.`, {
          spender,
        }),
      ]
    }),
    approvals.length === 0 ? NO_APPROVAL : pass('Whoever gets an allowance is a contract.'),
  )
}

const approvalBounded = (review: Review): Outcome => {
  const approvals = granting(review)
  return worst(
    approvals.flatMap((approval) => excessOf(review, approval)),
    approvals.length === 0 ? NO_APPROVAL : pass('Allowances are exactly as large as needed.'),
  )
}

function excessOf(review: Review, approval: ReviewedCall<'approve'>): Outcome[] {
  const { to, spender, amount } = approval.call
  const token = findToken(review.registry, to) ?? { symbol: `units of ${to}`, decimals: 0 }
  const balance = review.artifacts.wallet_snapshot?.erc20.find((each) => sameAddress(each.token, to))?.balance
  const supply = tokenFactsOf(review, to)?.totalSupply
  const needed = neededOf(review, approval)
  const metadata = {
    txRequestId: approval.request.txRequestId,
    spender,
    amount,
    needed,
    balance,
    total_supply: supply,
  }
  const text = amountText(amount, token)
  if (amount >= UNLIMITED) return [fail('The allowance is practically unlimited.', metadata)]
  if (amount > needed) {
    return [
      fail(`The allowance is ${text} where ${decimalText(needed, token.decimals)} is needed.`, metadata),
    ]
  }
  if (supply != null && amount > supply)
    return [fail(`The allowance of ${text} is more than there is of it.`, metadata)]
  if (balance !== undefined && amount > 2n * BigInt(balance)) {
    return [fail(`The allowance of ${text} is far more than the wallet holds.`, metadata)]
  }
  return []
}

/** What the swaps of the plan take, or what was asked to be allowed. */
function neededOf(review: Review, { call: { to, spender } }: ReviewedCall<'approve'>): bigint {
  const taken = callsOf(review, 'swap')
    .filter(({ call }) => !call.nativeIn && sameAddress(call.path[0]!, to) && sameAddress(call.to, spender))
    .reduce((sum, { call, value }) => sum + swapInput(call, value), 0n)
  if (review.action?.kind !== 'APPROVE') return taken
  return BigInt(review.action.amountBaseUnits)
}

const increaseReset = (review: Review): Outcome => {
  const approvals = granting(review)
  const zeroed = (earlier: ReviewedCall<'approve'>[], { to, spender }: { to: string; spender: string }) =>
    earlier.some(
      ({ call }) => call.amount === 0n && sameAddress(call.to, to) && sameAddress(call.spender, spender),
    )
  const all = callsOf(review, 'approve')
  return worst(
    approvals.flatMap((approval): Outcome[] => {
      const { to, spender } = approval.call
      const current = allowanceOf(review, to, spender)
      const metadata = { token: to, spender, current }
      if (current === null) return [broken('The allowance that is there now could not be read.', metadata)]
      if (current === 0n || zeroed(all.slice(0, all.indexOf(approval)), approval.call)) return []
      const needsReset = tokenFactsOf(review, to)?.needsReset
      if (needsReset === undefined)
        return [unavailable('Whether the token wants a reset first is not known.', metadata)]
      if (!needsReset) return []
      return [fail('The token wants its allowance set to zero before it is set anew.', metadata)]
    }),
    approvals.length === 0 ? NO_APPROVAL : pass('No allowance has to be set to zero first.'),
  )
}

function allowanceOf({ artifacts }: Review, token: string, spender: string): bigint | null {
  const snapshot = artifacts.wallet_snapshot
  if (!snapshot) return null
  const found = snapshot.allowances.find(
    (each) => sameAddress(each.token, token) && sameAddress(each.spender, spender),
  )
  if (found) return BigInt(found.allowance)
  // Of whom the snapshot does not speak, nobody asked; only what could not be read is unknown.
  const unread = snapshot.errors?.some((each) => sameAddress(each.token, token))
  return unread ? null : 0n
}

/** What is left over is what an attack on the router could take later. */
const danglingAllowance = (review: Review): Outcome => {
  const snapshot = review.artifacts.wallet_snapshot
  if (!snapshot) return broken('Without a snapshot of the wallet no allowances are known.')
  const name = (token: string) => findToken(review.registry, token)?.symbol ?? token
  const units = (amount: bigint, address: string) => {
    const token = findToken(review.registry, address)
    return token ? amountText(amount, token) : `${amount} base units of ${address}`
  }
  const touched = granting(review)
  const unlimited = snapshot.allowances.filter(
    ({ allowance, token, spender }) =>
      BigInt(allowance) >= UNLIMITED &&
      !callsOf(review, 'approve').some(
        ({ call }) => sameAddress(call.to, token) && sameAddress(call.spender, spender),
      ),
  )
  const left = touched.flatMap((approval) => leftOver(review, approval))
  const asked = review.action?.kind === 'APPROVE'
  const reasons = [
    ...(asked ? [] : left).map(
      ({ token, amount }) => `An allowance of ${units(amount, token)} stays behind.`,
    ),
    ...unlimited.map(
      ({ token, spender }) => `${name(token)}: an unlimited allowance of ${spender} is already there.`,
    ),
  ]
  const metadata = { left, unlimited: unlimited.map(({ token, spender }) => ({ token, spender })) }
  if (reasons.length > 0) return warn(`${reasons.join(' ')} It can be taken back.`, metadata)
  if (left.length === 0) return pass('This plan leaves no allowance behind.')
  const allowed = left.map(
    ({ token, spender, amount }) =>
      `${units(amount, token)} stay allowed to ${nameOfRouter(review, spender) ?? spender}`,
  )
  return pass(`${allowed.join(', and ')}, as was asked.`, metadata)
}

function leftOver(review: Review, { call }: ReviewedCall<'approve'>) {
  const spent = callsOf(review, 'swap')
    .filter((swap) => !swap.call.nativeIn && sameAddress(swap.call.path[0]!, call.to))
    .filter((swap) => sameAddress(swap.call.to, call.spender))
    .reduce((sum, swap) => sum + taken(review, swap), 0n)
  return call.amount > spent ? [{ token: call.to, spender: call.spender, amount: call.amount - spent }] : []
}

/** With an exact output less may be taken than is allowed: the simulation tells how much. */
function taken(review: Review, { request, call, value }: ReviewedCall<'swap'>): bigint {
  const most = swapInput(call, value)
  if (call.exact === 'in') return most
  const change = resultOf(review, request.txRequestId)?.assetChanges?.find(
    ({ address, token }) => sameAddress(address, review.wallet) && sameAddress(token, call.path[0]!),
  )
  return change ? -BigInt(change.delta) : most
}

export const APPROVAL_CHECKS: readonly CheckDefinition[] = [
  { id: 'approval_spender_known', title: 'Approval: known spender', evaluate: spenderKnown },
  {
    id: 'approval_spender_is_contract',
    title: 'Approval: spender is a contract',
    evaluate: spenderIsContract,
  },
  { id: 'approval_bounded', title: 'Approval: no more than needed', evaluate: approvalBounded },
  {
    id: 'approval_increase_reset',
    title: 'Approval: reset where the token wants it',
    evaluate: increaseReset,
  },
  { id: 'dangling_allowance', title: 'Approval: nothing left behind', evaluate: danglingAllowance },
]
