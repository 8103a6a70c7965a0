import { type Address, type Client, parseAbi, zeroAddress } from 'viem'
import { readContract } from 'viem/actions'
import type { Router } from '../registry.ts'
import { poolKey, type Step } from './pools.ts'
import { readMany } from './read-many.ts'

const ABI = parseAbi([
  'function factory() view returns (address)',
  'function getPair(address, address) view returns (address pair)',
])

/** Factories of routers and pools of tokens, which never change once they are there. Belongs to whoever holds the RPCs. */
export type PoolMemory = Map<string, Address>

/** More would be what somebody collects in us by asking about ever new tokens. */
const MAX_REMEMBERED = 10_000

type Where = { chainId: number; router: Router; blockNumber: bigint }

/** The pools of the steps, by their keys; of those that have one. */
export async function findPools(
  client: Client,
  { chainId, router, blockNumber }: Where,
  steps: Step[],
  memory: PoolMemory,
): Promise<Map<string, Address>> {
  if (memory.size > MAX_REMEMBERED) memory.clear()
  const place = `${chainId}:${router.address}`
  const pools = new Map<string, Address>()
  const unknown = new Map<string, Step>()
  for (const step of steps) {
    const key = poolKey(step)
    const known = memory.get(`${place}:${key}`)
    if (known) pools.set(key, known)
    else unknown.set(key, step)
  }
  if (unknown.size === 0) return pools
  const factory =
    memory.get(place) ??
    (await readContract(client, { abi: ABI, address: router.address, functionName: 'factory', blockNumber }))
  memory.set(place, factory)
  const questions = [...unknown.values()].map((args) => ({
    abi: ABI,
    address: factory,
    functionName: 'getPair',
    args,
  }))
  const answers = (await readMany(client, questions, blockNumber)) as (Address | null)[]
  for (const [at, key] of [...unknown.keys()].entries()) {
    const pool = answers[at]
    // One that is not there yet may be made any time, so that only those that are there are remembered.
    if (!pool || pool === zeroAddress) continue
    memory.set(`${place}:${key}`, pool)
    pools.set(key, pool)
  }
  return pools
}
