import {
  type Abi,
  type Address,
  type Client,
  decodeFunctionResult,
  encodeFunctionData,
  multicall3Abi,
} from 'viem'
import { readContract } from 'viem/actions'
import { MULTICALL3 } from '../rpc/open-connection.ts'

export type Question = { address: Address; abi: Abi; functionName: string; args?: readonly unknown[] }

/**
 * Many reads of one block in one request; null for each that failed or answered something else. viem's own `multicall` gives
 * the same for a node that is not there, which would look like pools that are not there: here that is thrown.
 */
export async function readMany(
  client: Client,
  questions: Question[],
  blockNumber: bigint,
): Promise<unknown[]> {
  const calls = questions.map(({ address, abi, functionName, args = [] }) => ({
    target: address,
    allowFailure: true,
    callData: encodeFunctionData({ abi, functionName, args }),
  }))
  const answers = await readContract(client, {
    abi: multicall3Abi,
    address: MULTICALL3,
    functionName: 'aggregate3',
    args: [calls],
    blockNumber,
  })
  return questions.map(({ abi, functionName }, at) => {
    const answer = answers[at]
    if (!answer?.success) return null
    try {
      return decodeFunctionResult({ abi, functionName, data: answer.returnData })
    } catch {
      return null
    }
  })
}
