import type { Address } from 'viem'
import type { Answers } from '../planner/schema.ts'
import { quoted } from '../policy/outcome.ts'
import type { Account, Said } from './account.ts'
import { isGreeting, saysConnected } from './control-words.ts'
import type { Pending } from './schema.ts'

const ADDRESS = /0x[0-9a-f]{40}(?![0-9a-f])/gi

/** Whether a wallet beside these words may answer for them: nothing in them would be lost. */
export const saysNothingElse = (message: string, { wallet }: Account): boolean =>
  saysConnected(message) ||
  isGreeting(message) ||
  (wallet !== null && message.trim().toLowerCase() === wallet.toLowerCase())

/** What is named for the wallet where another one is known; null where the words mean it for something else. */
export function otherWallet(
  { missing }: Pending,
  reply: Answers | null | undefined,
  { message }: Said,
  { wallet }: Account,
): string | null {
  if (wallet === null) return null
  const isOther = (one: string) => one.toLowerCase() !== wallet.toLowerCase()
  if (!reply) return (missing.includes('wallet_address') && message.match(ADDRESS)?.find(isOther)) || null
  const named = reply.wallet_address === undefined ? null : walletNamed(reply.wallet_address)
  return named !== null && isOther(named) ? named : null
}

/** The wallet in an answer, which may end a sentence. */
export const walletNamed = (answer: string | number): string => String(answer).replace(/[.,!]+$/, '')

export const whichWallet = (wallet: Address, other: string): string =>
  `Which wallet is it for? So far it is ${wallet}, and you named ${quoted(other)}. Say “go on” for the first, or connect the other one.`
