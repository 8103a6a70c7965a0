import { readHead } from '../../../web3/simulate/read-head.ts'
import { simulateRequests } from '../../../web3/simulate/simulate-requests.ts'
import type { TxRequest } from '../../../web3/transactions/transaction-request.ts'
import type { Step } from './step-call.ts'

/** SIMULATE_TXS: what the transactions would do, one after another. */
export const simulate: Step = async ({ client, registry, wallet, artifacts, copilot }) => {
  const { quote } = artifacts
  const simulation = await simulateRequests(client, {
    // Quote and simulation are of one block.
    ...(quote && { head: await readHead(client, BigInt(quote.blockNumber)) }),
    requests: artifacts.tx_requests as TxRequest[],
    wallet,
    registry: registry!,
    memory: copilot.simulations,
  })
  const { num_success, num_failed } = simulation.summary
  return {
    artifacts: { simulation },
    timeline: {
      title: 'Simulated',
      summary: `${num_success} of ${num_success + num_failed} succeed, by ${simulation.engine} on block ${simulation.blockNumber}.`,
    },
  }
}
