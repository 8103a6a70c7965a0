import { amountText, nativeOf } from '../amounts.ts'
import type { CheckDefinition } from '../check-definition.ts'
import {
  broken,
  fail,
  notApplicable,
  notShown,
  type Outcome,
  pass,
  unavailable,
  warn,
  worst,
} from '../outcome.ts'
import { callsOf, type Review, type ReviewedRequest, resultOf } from '../review.ts'

const chainMatch = (review: Review): Outcome => {
  const { chainId, facts, requests, artifacts, registry, walletChainId } = review
  const named: [what: string, id: number | null | undefined][] = [
    ...requests.map(({ request }): [string, number] => [request.txRequestId, request.chainId]),
    ['the node', facts.rpcChainId],
    ['the snapshot', artifacts.wallet_snapshot?.chainId],
    ['the registry', registry?.chainId],
    ['the wallet', walletChainId],
  ]
  const other = named.filter(([, id]) => id !== null && id !== undefined && id !== chainId)
  if (other.length > 0) {
    const text = other.map(([what, id]) => `${what} is on chain ${id}`).join(' and ')
    return fail(`The run is on chain ${chainId}, and ${text}.`, {
      chain_id: chainId,
      other: Object.fromEntries(other),
    })
  }
  if (facts.rpcChainId === null) return broken('The node did not say which chain it is on.')
  return pass('Run, transactions and node are on the same chain.', { chain_id: chainId })
}

/** By the time of the chain: a clock of a server knows nothing of blocks. */
const deadlineSane = (review: Review): Outcome => {
  const swaps = callsOf(review, 'swap')
  if (swaps.length === 0) return notApplicable('There is no swap in this plan.')
  const { blockTime } = review.facts
  if (blockTime === null) return broken('The time of the newest block could not be read.')
  return worst(
    swaps.flatMap(({ call: { deadline } }) => {
      const left = deadline - BigInt(blockTime)
      const metadata = { deadline, block_time: blockTime, seconds_left: left }
      if (left <= 0n) return [fail('The swap is past its deadline.', metadata)]
      if (left <= BigInt(review.limits.maxDeadlineSeconds)) return []
      return [
        warn(`The swap may still be made in ${left / 60n} minutes, at whatever the price then is.`, metadata),
      ]
    }),
    pass('The deadline is near enough and not over.'),
  )
}

const nativeGasReserve = (review: Review): Outcome => {
  const { artifacts, requests, limits, registry } = review
  const snapshot = artifacts.wallet_snapshot
  if (!snapshot) return broken('Without a snapshot of the wallet its balance is not known.')
  const balance = BigInt(snapshot.native.balanceWei)
  const price = gasPriceOf(review)
  if (price === null) return broken('What gas costs could not be read.')
  const value = requests.reduce((sum, each) => sum + each.value, 0n)
  const gas = requests.reduce((sum, each) => sum + gasOf(review, each), 0n) * price
  const native = nativeOf(registry) ?? { symbol: 'of the coin of the chain', decimals: 18 }
  const needed = value + gas + limits.nativeReserveWei
  const metadata = {
    balance_wei: balance,
    value_wei: value,
    gas_wei: gas,
    reserve_wei: limits.nativeReserveWei,
  }
  if (needed <= balance) return pass('The wallet can pay for the gas.', metadata)
  return fail(
    `With gas ${amountText(needed, native)} are needed, and the wallet has ${amountText(balance, native)}.`,
    metadata,
  )
}

function gasPriceOf({ artifacts }: Review): bigint | null {
  const fees = artifacts.simulation?.results.map(({ fee }) => fee?.maxFeePerGas ?? fee?.gasPrice) ?? []
  const known = fees.filter((fee) => fee !== undefined).map(BigInt)
  return known.length > 0 ? known.reduce((most, each) => (each > most ? each : most)) : null
}

/** Where a transaction could not be simulated, what one of its kind takes at most. */
function gasOf(review: Review, { request }: ReviewedRequest): bigint {
  const result = resultOf(review, request.txRequestId)
  return BigInt(result?.gasLimit ?? result?.gasEstimate ?? review.limits.gasCaps[request.meta.kind])
}

const gasAnomaly = (review: Review): Outcome => {
  const estimates = review.requests.flatMap(({ request }) => {
    const gas = resultOf(review, request.txRequestId)?.gasEstimate
    return gas
      ? [
          {
            txRequestId: request.txRequestId,
            gas: BigInt(gas),
            cap: review.limits.gasCaps[request.meta.kind],
          },
        ]
      : []
  })
  const high = estimates.filter(({ gas, cap }) => gas > cap)
  if (high.length > 0) {
    const text = high.map(
      ({ txRequestId, gas, cap }) => `${txRequestId} takes ${gas} gas where ${cap} is usual at most`,
    )
    return warn(`${text.join('; ')}.`, { transactions: high })
  }
  if (estimates.length < review.requests.length)
    return notShown('Not every transaction has an estimate of its gas.')
  return pass('Every transaction takes a usual amount of gas.', { transactions: estimates })
}

const simulationFresh = (review: Review): Outcome => {
  const { artifacts, facts, limits, requests } = review
  const { simulation } = artifacts
  if (simulation?.status !== 'completed')
    return unavailable('There is no simulation whose age could be told.')
  const ids = requests.map(({ request }) => request.txRequestId)
  const simulated = simulation.results.map(({ txRequestId }) => txRequestId)
  if (ids.join() !== simulated.join()) {
    return fail('The simulation is of other transactions than these, or in another order.', {
      simulated,
      planned: ids,
    })
  }
  if (simulation.blockNumber === undefined || facts.blockNumber === null) {
    return broken('At which block the simulation was made, or the chain is, could not be read.')
  }
  const age = Math.max(0, facts.blockNumber - simulation.blockNumber)
  const metadata = { simulated_at: simulation.blockNumber, newest: facts.blockNumber, age_blocks: age }
  if (age > limits.maxSimulationAgeBlocks) return fail(`The simulation is ${age} blocks old.`, metadata)
  return pass('The simulation is fresh.', metadata)
}

export const CHAIN_CHECKS: readonly CheckDefinition[] = [
  { id: 'chain_match', title: 'Chain: the same everywhere', evaluate: chainMatch },
  { id: 'deadline_sane', title: 'Swap: deadline', evaluate: deadlineSane },
  { id: 'native_gas_reserve', title: 'Gas: can be paid', evaluate: nativeGasReserve },
  { id: 'gas_anomaly', title: 'Gas: a usual amount', evaluate: gasAnomaly },
  { id: 'simulation_fresh', title: 'Simulation: fresh', evaluate: simulationFresh },
]
