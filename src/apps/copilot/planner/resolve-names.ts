import type { Address } from 'viem'
import { checksumAddress, hasWrongChecksum } from '../../../web3/checksum-address.ts'
import type { Router } from '../../../web3/registry.ts'
import type { Names } from './names.ts'
import { askAboutName, type Question, quote } from './questions.ts'
import type { Resolved } from './resolve-amount.ts'
import type { SlotName } from './schema.ts'

const ZERO = '0x0000000000000000000000000000000000000000'

/** An address as the user wrote it, which must not be one that a slip of the finger makes. */
export function resolveAddress(text: string, wanted: string): Resolved<Address> {
  const address = text.startsWith('0x') ? checksumAddress(text) : null
  if (!address) {
    const looksLike = text.toLowerCase().startsWith('0x')
    return {
      fault: looksLike
        ? `${quote(text)} is not an address: I expected 0x and 40 hex digits, and ${text.length - 2} characters follow the 0x.`
        : `I do not look up names or contacts: I expected ${wanted} (0x and 40 hex digits), and got ${quote(text)}.`,
    }
  }
  if (address === ZERO)
    return { fault: 'What goes to the zero address is lost, so that I expected another address.' }
  if (hasWrongChecksum(text))
    return {
      fault: `The checksum in the letters of ${text} is wrong, most often because a digit was mistyped. Copy the address again.`,
    }
  return { value: address }
}

export function resolveRouter(text: string, slot: SlotName, names: Names): { value: Router } | Question {
  const found = text.startsWith('0x')
    ? [names.routerAt(text)].filter((router) => router !== undefined)
    : names.routersOf(text)
  const [router, other] = found
  if (router && !other) return { value: router }
  if (!router) return askAboutName(slot, text, 'router', names)
  const keys = found.map(({ key }) => key).join(', ')
  return { slot, question: `${quote(text)} may be any of ${keys}. Which router do you mean?` }
}

/** Who may spend: a router by name, or any address. Which addresses are allowed is for the policies to say. */
export function resolveSpender(
  text: string,
  names: Names,
): { value: { address: Address; router_key?: string } } | Question {
  if (!text.toLowerCase().startsWith('0x')) {
    const router = resolveRouter(text, 'spender', names)
    return 'value' in router
      ? { value: { address: router.value.address, router_key: router.value.key } }
      : router
  }
  const address = resolveAddress(text, 'the address of the spender')
  if ('fault' in address) return { slot: 'spender', question: `${address.fault} Which spender do you mean?` }
  const router = names.routerAt(address.value)
  return { value: router ? { address: address.value, router_key: router.key } : { address: address.value } }
}

/** What agrees to the chain that a run is on. */
const AGREES = new Set(['yes', 'y', 'yes please', 'ok', 'okay', 'sure', 'sim', 's'])
const DECLINES = new Set(['no', 'n', 'no thanks', 'no thank you', 'não', 'nao'])
const plainAnswer = (text: string) =>
  text
    .toLowerCase()
    .replace(/[.,!]+/g, ' ')
    .replace(/^ *(?:(?:on|chain|na|rede) +)*/, '')
    .replace(/ +/g, ' ')
    .trim()

/** Whether an answer says that the chain of a run is not wanted. */
export const declinesChain = (answer: string | number): boolean => DECLINES.has(plainAnswer(String(answer)))

/**
 * The chain of a run never changes: another one can only be asked about. A plain yes is an answer to that. Of a question about
 * what is there nothing is fixed, but what cannot be reached cannot be read.
 */
export function resolveChain(text: string, names: Names, reads: boolean): { value: number } | Question {
  const { chainId, name } = names.registry
  const plain = plainAnswer(text)
  const said = /^\d{1,15}$/.test(plain) ? Number(plain) : names.chainOf(plain)
  if (said === chainId || AGREES.has(plain)) return { value: chainId }
  if (reads) {
    const wanted = /^\d+$/.test(plain) ? `Chain ${plain}` : quote(text)
    return {
      slot: 'chain_id',
      question: `${wanted} cannot be read here. Shall I look on ${name} (chain ${chainId}) instead?`,
    }
  }
  return {
    slot: 'chain_id',
    question: `You said ${quote(text)}, and this is on ${name} (chain ${chainId}), which cannot be changed here. Do you want it on ${name}?`,
  }
}
