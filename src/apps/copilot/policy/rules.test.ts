import { expect, test } from 'vitest'
import {
  approval,
  approveData,
  coinTransfer,
  headlineSwap,
  STRANGER,
  swapData,
  tokenTransfer,
} from './policy.fixture.ts'
import { type ReviewInput, readReview } from './review.ts'
import { evaluatePolicyRules } from './rules.ts'

const check = (id: string, input: ReviewInput) =>
  evaluatePolicyRules(readReview(input)).find((each) => each.id === id)!

const changed = (change: (input: ReviewInput) => void, input = headlineSwap()): ReviewInput => {
  change(input)
  return input
}
const requests = (input: ReviewInput) => input.artifacts.tx_requests!
const results = (input: ReviewInput) => input.artifacts.simulation!.results

test('the rules of the seed and of its successor are there by their ids, and a clean swap passes all of them', () => {
  const checks = evaluatePolicyRules(readReview(headlineSwap()))
  expect(checks.map(({ id, status }) => [id, status])).toEqual([
    ['required_artifacts', 'PASS'],
    ['no_broadcast', 'PASS'],
    ['allowlist_targets', 'PASS'],
    ['defi_allowlists', 'PASS'],
    ['approve_amount_sane', 'PASS'],
    ['swap_slippage_bounds', 'PASS'],
    ['swap_min_out', 'PASS'],
    ['simulation_success', 'PASS'],
  ])
})

for (const name of ['wallet_snapshot', 'tx_plan', 'simulation'] as const) {
  test(`required_artifacts: without ${name} nothing is decided`, () => {
    const { status, metadata } = check(
      'required_artifacts',
      changed(({ artifacts }) => delete artifacts[name]),
    )
    expect({ status, metadata }).toEqual({ status: 'FAIL', metadata: { missing: [name] } })
  })
}

test('no_broadcast: a plan that asks for a broadcast fails, one that says it does not passes', () => {
  const asking = (broadcast: boolean) =>
    changed(({ artifacts }) => Object.assign(artifacts.tx_plan!, { broadcast }))
  expect(check('no_broadcast', asking(true)).status).toBe('FAIL')
  expect(check('no_broadcast', asking(false)).status).toBe('PASS')
})

test('allowlist_targets: a contract outside of the list fails in the words of the seed, one added to the list passes', () => {
  const foreign = () => changed((input) => Object.assign(requests(input)[1]!, { to: STRANGER }))
  const { title, reason, status, metadata } = check('allowlist_targets', foreign())
  expect(`${title}: ${reason}`).toBe(
    'Allowlist: transaction targets: Transaction targets include non-allowlisted addresses.',
  )
  expect({ status, metadata }).toEqual({ status: 'FAIL', metadata: { targets: [STRANGER] } })
  const listed = changed(({ registry }) => registry!.allowlistTo.push(STRANGER), foreign())
  expect(check('allowlist_targets', listed).status).toBe('PASS')
})

test('allowlist_targets: coins that are sent to a person need no allowlist, and an unknown chain allows nothing', () => {
  expect(check('allowlist_targets', coinTransfer(STRANGER)).status).toBe('PASS')
  const calling = changed(
    (input) => Object.assign(requests(input)[0]!, { data: '0xdeadbeef' }),
    coinTransfer(STRANGER),
  )
  expect(check('allowlist_targets', calling).status).toBe('FAIL')
  const unknown = { ...coinTransfer(), registry: null }
  expect(check('allowlist_targets', unknown).status).toBe('FAIL')
})

test('defi_allowlists: a token or a router that the registry lacks fails, in the meta as in the bytes', () => {
  const meta = (at: number, member: object) =>
    changed((input) => Object.assign(requests(input)[at]!.meta, member))
  expect(check('defi_allowlists', meta(1, { tokenOut: 'PEPE' })).reason).toContain('"PEPE"')
  expect(check('defi_allowlists', meta(1, { routerKey: 'SUSHI' })).status).toBe('FAIL')
  expect(check('defi_allowlists', meta(0, { token: 'toString' })).status).toBe('FAIL')
  const path = changed((input) => {
    requests(input)[1]!.data = swapData({ path: [STRANGER, '0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2'] })
  })
  expect(check('defi_allowlists', path).status).toBe('FAIL')
  expect(check('defi_allowlists', tokenTransfer()).status).toBe('PASS')
})

test('approve_amount_sane: no approval of nothing and none that is practically unlimited', () => {
  const of = (amount: bigint) => check('approve_amount_sane', approval(amount)).status
  expect(of(0n)).toBe('FAIL')
  expect(of(2n ** 256n - 1n)).toBe('FAIL')
  expect(of(2n ** 256n - 2n)).toBe('FAIL')
  expect(of(2n ** 160n - 1n)).toBe('FAIL')
  expect(of(2n ** 160n - 2n)).toBe('PASS')
  expect(of(1n)).toBe('PASS')
  const revoking = changed((input) => {
    Object.assign(requests(input)[0]!, { data: approveData(0n) })
    requests(input)[0]!.meta.kind = 'REVOKE'
  }, approval())
  expect(check('approve_amount_sane', revoking).status).toBe('PASS')
})

test('swap_slippage_bounds: from 10 to 200 basis points, and a swap that does not say fails', () => {
  const of = (slippageBps: number | undefined) =>
    check(
      'swap_slippage_bounds',
      changed((input) => Object.assign(requests(input)[1]!.meta, { slippageBps })),
    ).status
  expect([9, 10, 200, 201, 500, undefined].map(of)).toEqual(['FAIL', 'PASS', 'PASS', 'FAIL', 'FAIL', 'FAIL'])
})

test('swap_min_out: nothing as the least fails, whether the bytes say it or the meta', () => {
  const bytes = changed((input) => Object.assign(requests(input)[1]!, { data: swapData({ least: 0n }) }))
  expect(check('swap_min_out', bytes).status).toBe('FAIL')
  const meta = changed((input) => Object.assign(requests(input)[1]!.meta, { minOut: '0' }))
  expect(check('swap_min_out', meta).status).toBe('FAIL')
  const one = changed((input) => Object.assign(requests(input)[1]!, { data: swapData({ least: 1n }) }))
  expect(check('swap_min_out', one).status).toBe('PASS')
})

test('simulation_success: a failure fails; what was skipped, is empty or assumed warns; a plan of nothing passes', () => {
  const of = (change: (input: ReviewInput) => void) => check('simulation_success', changed(change))
  const failing = of((input) => Object.assign(results(input)[1]!, { success: false, error: 'EXPIRED' }))
  expect(failing.status).toBe('FAIL')
  expect(failing.reason).toBe('swap-1 fails: "EXPIRED".')
  const skipped = of(({ artifacts }) =>
    Object.assign(artifacts.simulation!, { status: 'skipped', results: [] }),
  )
  expect(`${skipped.status} ${skipped.title}: ${skipped.reason}`).toBe(
    'WARN Simulation: must succeed: Simulation was skipped for a non-noop plan.',
  )
  expect(of(({ artifacts }) => Object.assign(artifacts.simulation!, { results: [] })).status).toBe('WARN')
  expect(of((input) => Object.assign(results(input)[1]!, { assumed_success: true })).status).toBe('WARN')
  expect(of((input) => results(input).pop()).status).toBe('FAIL')
  expect(
    of(({ artifacts }) => {
      Object.assign(artifacts.simulation!, { status: 'skipped', results: [] })
      artifacts.tx_plan!.type = 'noop'
    }).status,
  ).toBe('PASS')
})
