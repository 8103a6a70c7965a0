import {
  type Abi,
  type Address,
  type Client,
  decodeFunctionResult,
  encodeFunctionData,
  multicall3Abi,
  prepareEncodeFunctionData,
} from 'viem'
import { readContract } from 'viem/actions'
import { MULTICALL3 } from '../rpc/open-connection.ts'

export type Question = { address: Address; abi: Abi; functionName: string; args?: readonly unknown[] }

type Prepared = ReturnType<typeof prepareEncodeFunctionData<Abi, string>>
const known = new WeakMap<Abi, Map<string, Prepared>>()

/** The signature is hashed once, and not for each question. Functions that share a name may not be asked for here. */
function prepared(abi: Abi, functionName: string): Prepared {
  const names = known.get(abi) ?? new Map<string, Prepared>()
  known.set(abi, names)
  const made = names.get(functionName) ?? prepareEncodeFunctionData({ abi, functionName })
  names.set(functionName, made)
  return made
}

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
    callData: encodeFunctionData({ ...prepared(abi, functionName), args }),
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
