import type { Address } from 'viem'
import type { Chains } from '../../../web3/chains.ts'
import type { ChainRegistry } from '../../../web3/registry.ts'
import { slotsOf } from '../planner/classify.ts'
import { namesOf } from '../planner/names.ts'
import { applyAnswers } from '../planner/plan-intent.ts'
import type { Answers } from '../planner/schema.ts'
import type { Memory } from './conversation-rows.ts'

export type Places = Pick<Chains, 'supported' | 'registryOf'>
/** One message, with the wallet and the chain that came beside it. */
export type Said = {
  message: string
  wallet: Address | null
  chainId: number | null
  /** The same again is the same message, not another one. */
  messageId?: string | null
}

/** Where no chain can be reached, words are still words. */
const NOWHERE: ChainRegistry = { chainId: 0, name: 'no chain', tokens: {}, routers: {}, allowlistTo: [] }

/** Whose wallet and which chain, as far as it is known; `refused` is a chain that was wanted and cannot be reached. */
export type Account = { wallet: Address | null; chainId: number | null; refused: number | null }

export function accountOf({ wallet, chainId }: Memory, said: Said, { supported }: Places): Account {
  const known = supported()
  const wanted = said.chainId ?? chainId ?? (known.length === 1 ? known[0]! : null)
  const reachable = wanted !== null && known.includes(wanted)
  return {
    wallet: said.wallet ?? wallet,
    chainId: reachable ? wanted : null,
    refused: reachable ? null : wanted,
  }
}

/** A chain that cannot be reached is not remembered, and one that is the only one need not be. */
export function rememberAccount(
  before: Memory,
  { wallet }: Account,
  said: Said,
  { supported }: Places,
): Memory {
  const named = said.chainId !== null && supported().includes(said.chainId) ? said.chainId : null
  return { ...before, wallet, chainId: named ?? before.chainId }
}

export const registryFor = (chainId: number | null, { supported, registryOf }: Places): ChainRegistry => {
  const id = chainId ?? supported()[0]
  return id === undefined ? NOWHERE : registryOf(id)
}

/** What somebody wants: the sentence, and what they answered since. */
export type Wish = { sentence: string; answers: Answers }

export function findChain(text: string, registry: ChainRegistry, { supported }: Places): number | null {
  const plain = text.replace(/^chain /i, '').replace(/[.,!]+$/, '')
  const id = /^\d{1,15}$/.test(plain) ? Number(plain) : namesOf(registry).chainOf(plain)
  return id !== undefined && supported().includes(id) ? id : null
}

/** The chain that a wish is for: the one that is known, or the one that its words name. */
export function chainOf(
  { sentence, answers }: Wish,
  { chainId, refused }: Account,
  places: Places,
): number | null {
  if (chainId !== null || refused !== null) return chainId
  const registry = registryFor(null, places)
  const said = slotsOf(applyAnswers(sentence, answers, registry)).chain_id
  return said === undefined ? null : findChain(said, registry, places)
}

/** The same, but a question may name another chain that can be reached: it changes nothing there, and is not remembered. */
export function chainToRead(wish: Wish, account: Account, places: Places): number | null {
  const own = chainOf(wish, account, places)
  if (own === null) return null
  const registry = registryFor(own, places)
  const planned = applyAnswers(wish.sentence, wish.answers, registry)
  if (planned.status === 'READY' || planned.intent.looks_like !== 'query') return own
  const { chain_id: said } = planned.intent.slots
  return (said && findChain(said.text, registry, places)) ?? own
}

export const ASK_WALLET = 'Which wallet is it for? Connect one, or say its address (0x and 40 hex digits).'

export function askForChain({ refused }: Account, { supported, registryOf }: Places): string {
  const known = supported().map((id) => `${registryOf(id).name} (${id})`)
  if (known.length === 0)
    return 'No chain can be reached here. Whoever runs this server sets RPC_URLS or the devnet.'
  const list = known.join(', ')
  if (refused === null) return `Which chain is it on? I know ${list}.`
  return `Chain ${refused} is not supported here. Which of these is it: ${list}?`
}
