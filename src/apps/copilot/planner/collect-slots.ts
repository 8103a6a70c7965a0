import type { Router, Token } from '../../../web3/registry.ts'
import type { Names } from './names.ts'
import { askAboutName, type Question } from './questions.ts'
import type { Sentence } from './reader.ts'
import { type Resolved, resolveAmount, resolveDeadline, resolveSlippage } from './resolve-amount.ts'
import { resolveAddress, resolveChain, resolveRouter, resolveSpender } from './resolve-names.ts'
import type { Amount, SlotName, Words } from './schema.ts'

/** A value with the words it was made of. */
export type Slot<V> = { value: V; words: Words }

/** Resolves the slots of one sentence, and keeps what has to be asked about them. */
export type Collector = ReturnType<typeof collectSlots>

export function collectSlots({ slots, language, action }: Sentence, names: Names) {
  const questions: Question[] = []
  const ask = (slot: SlotName, question: string): undefined => {
    questions.push({ slot, question })
  }

  function token(slot: SlotName, wanted: string): Slot<Token> | undefined {
    const words = slots[slot]
    if (!words) return ask(slot, wanted)
    const found = names.tokenOf(words.text)
    if (found) return { value: found, words }
    questions.push(askAboutName(slot, words.text, 'token', names))
    return undefined
  }

  function amount(slot: SlotName, of: Slot<Token> | undefined, wanted: string): Slot<Amount> | undefined {
    const words = slots[slot]
    if (!words) return ask(slot, wanted)
    const resolved = resolveAmount(words.text, of?.value, language)
    if ('fault' in resolved) return ask(slot, `${resolved.fault} ${wanted}`)
    return resolved.value && { value: resolved.value, words }
  }

  function recipient(wanted: string): Slot<`0x${string}`> | undefined {
    const words = slots.recipient
    if (!words) return ask('recipient', wanted)
    const resolved = resolveAddress(words.text, 'the address of the recipient')
    return 'fault' in resolved
      ? ask('recipient', `${resolved.fault} ${wanted}`)
      : { value: resolved.value, words }
  }

  /** The value of a slot that need not be there, or nothing. */
  function optional<V>(
    slot: SlotName,
    resolve: (text: string) => { value: V } | Question,
  ): Slot<V> | undefined {
    const words = slots[slot]
    if (!words) return undefined
    const resolved = resolve(words.text)
    if ('value' in resolved) return { value: resolved.value, words }
    questions.push(resolved)
    return undefined
  }

  const figure =
    (
      slot: SlotName,
      resolve: (text: string, language: Sentence['language']) => Resolved<number>,
      wanted: string,
    ) =>
    (text: string) => {
      const resolved = resolve(text, language)
      return 'fault' in resolved ? { slot, question: `${resolved.fault} ${wanted}` } : resolved
    }

  function spender(wanted: string) {
    if (!slots.spender) return ask('spender', wanted)
    return optional('spender', (text) => resolveSpender(text, names))
  }

  const chain = () =>
    given(
      'chain_id',
      optional('chain_id', (text) => resolveChain(text, names, action === 'query')),
    )

  /** Where and how, as far as it was said. */
  function terms() {
    const router = optional<Router>('router_key', (text) => resolveRouter(text, 'router_key', names))
    const slippage = optional(
      'slippage_bps',
      figure('slippage_bps', resolveSlippage, 'How much slippage do you accept?'),
    )
    const deadline = optional(
      'deadline_seconds',
      figure('deadline_seconds', resolveDeadline, 'Until when should it hold?'),
    )
    return {
      ...given('router_key', router && { value: router.value.key, words: router.words }),
      ...given('slippage_bps', slippage),
      ...given('deadline_seconds', deadline),
      ...chain(),
    }
  }

  return { slots, names, questions, ask, token, amount, recipient, optional, spender, chain, terms }
}

/** An object with this member, or without it where there is none. */
export const given = <K extends string, V>(key: K, value: V | undefined): { [P in K]?: V } =>
  (value === undefined ? {} : { [key]: value }) as { [P in K]?: V }

export const symbolOf = ({ value, words }: Slot<Token>): Slot<string> => ({ value: value.symbol, words })
