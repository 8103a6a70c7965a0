import {
  type Address,
  type Client,
  encodeAbiParameters,
  encodeFunctionData,
  type Hex,
  keccak256,
  numberToHex,
  pad,
  parseAbi,
} from 'viem'
import { z } from 'zod'
import { asAnswer } from './node-answer.ts'
import type { SimulationMemory } from './probe-engines.ts'

const ABI = parseAbi(['function allowance(address owner, address spender) view returns (uint256)'])

/** No allowance is this by chance. Small enough for tokens that keep allowances in 96 bits. */
const MARKER = 81_985_529_216_486_895n

/** Slots of variables that are tried where the node does not tell which are read. */
const LAST_SLOT = 30

/** More would be what somebody collects in us by asking about ever new wallets. */
const MAX_REMEMBERED = 10_000

type Allowance = { token: Address; owner: Address; spender: Address; block: Hex }

/**
 * Where a token keeps an allowance: the slot that, set to a number, makes the token tell that number. Asked of the node
 * first, which names what `allowance` reads, also behind a proxy; then guessed as Solidity and Vyper lay mappings out.
 */
export async function findAllowanceSlot(
  client: Client,
  allowance: Allowance,
  { allowanceSlots }: SimulationMemory,
): Promise<Hex | null> {
  const { token, owner, spender } = allowance
  const key = `${token}:${owner}:${spender}`.toLowerCase()
  const known = allowanceSlots.get(key)
  // Known from another block, or from a node that stands in for another: cheap to see that it still holds.
  if (known && (await holds(client, allowance, known))) return known
  const slot = await search(client, allowance)
  if (allowanceSlots.size >= MAX_REMEMBERED) allowanceSlots.clear()
  if (slot) allowanceSlots.set(key, slot)
  return slot
}

async function search(client: Client, allowance: Allowance): Promise<Hex | null> {
  for (const slot of await slotsRead(client, allowance)) {
    if (await holds(client, allowance, slot)) return slot
  }
  const guesses = Array.from({ length: LAST_SLOT }, (_, slot) => guessSlots(allowance, BigInt(slot))).flat()
  const held = await Promise.all(guesses.map((slot) => holds(client, allowance, slot)))
  return guesses[held.indexOf(true)] ?? null
}

const AccessList = z.object({
  accessList: z.array(
    z.object({ address: z.string(), storageKeys: z.array(z.string().regex(/^0x[0-9a-f]{64}$/i)) }),
  ),
})

async function slotsRead(client: Client, { token, owner, spender, block }: Allowance): Promise<Hex[]> {
  const call = { from: owner, to: token, data: allowanceCall(owner, spender) }
  const asked = client.request({ method: 'eth_createAccessList', params: [call, block] } as never)
  const answer = await asAnswer(asked)
  const parsed = AccessList.safeParse(answer.answered ? answer.answer : null)
  if (!parsed.success) return []
  const own = parsed.data.accessList.filter(({ address }) => address.toLowerCase() === token.toLowerCase())
  return own.flatMap(({ storageKeys }) => storageKeys as Hex[]).slice(0, LAST_SLOT)
}

async function holds(client: Client, allowance: Allowance, slot: Hex): Promise<boolean> {
  const { token, owner, spender, block } = allowance
  const override = { [token]: { stateDiff: { [slot]: numberToHex(MARKER, { size: 32 }) } } }
  const params = [{ from: owner, to: token, data: allowanceCall(owner, spender) }, block, override]
  const answer = await asAnswer(client.request({ method: 'eth_call', params } as never))
  return answer.answered && answer.answer === numberToHex(MARKER, { size: 32 })
}

const allowanceCall = (owner: Address, spender: Address) =>
  encodeFunctionData({ abi: ABI, functionName: 'allowance', args: [owner, spender] })

function guessSlots({ owner, spender }: Allowance, slot: bigint): Hex[] {
  const solidity = (key: Address, place: Hex) =>
    keccak256(encodeAbiParameters([{ type: 'address' }, { type: 'bytes32' }], [key, place]))
  const vyper = (key: Address, place: Hex) =>
    keccak256(encodeAbiParameters([{ type: 'bytes32' }, { type: 'address' }], [place, key]))
  const place = pad(numberToHex(slot))
  return [solidity(spender, solidity(owner, place)), vyper(spender, vyper(owner, place))]
}
