import { LIST_PRICES } from './list-prices.ts'
import type { ModelSettings } from './model-settings.ts'
import type { Price } from './schema.ts'

export type Usage = { input_tokens: number; output_tokens: number; cached_input_tokens?: number | undefined }

const FREE: Price = { input: 0, output: 0 }

/** The price of a model, by its own name or without the day its version is named after; undefined when not known. */
export function priceOf(settings: ModelSettings, provider: string, model: string): Price | undefined {
  const own = settings.priceTable ?? {}
  const undated = model.replace(/-(?:\d{4}-\d{2}-\d{2}|\d{8})$/, '')
  for (const table of [own, LIST_PRICES]) {
    for (const name of [`${provider}/${model}`, `${provider}/${undated}`]) {
      if (Object.hasOwn(table, name)) return table[name]
    }
  }
  return provider === 'builtin' ? FREE : undefined
}

/** What a call cost in cents, a fraction as it comes; null when the price is not known, which is never zero. */
export function costOf(
  settings: ModelSettings,
  provider: string,
  model: string,
  usage: Usage,
): number | null {
  const price = priceOf(settings, provider, model)
  if (!price) return null
  const { input, output } = rateFor(price, usage.input_tokens)
  const cached = Math.min(usage.cached_input_tokens ?? 0, usage.input_tokens)
  const fresh = usage.input_tokens - cached
  const cents = fresh * input + cached * (price.cached_input ?? input) + usage.output_tokens * output
  return roundCents(cents / 1_000_000)
}

/**
 * The most a call may cost, to set aside before it is made; null when the price is not known. Nobody outside knows how a
 * provider cuts a text, so two bytes are taken for a token, where English has four and dense JSON three.
 */
export function worstCaseCents(
  settings: ModelSettings,
  provider: string,
  model: string,
  promptText: string,
  maxTokens: number,
): number | null {
  const price = priceOf(settings, provider, model)
  if (!price) return null
  const inputTokens = Math.ceil(Buffer.byteLength(promptText) / 2) + 50
  const { input, output } = rateFor(price, inputTokens)
  return roundCents((inputTokens * input + maxTokens * output) / 1_000_000)
}

function rateFor(price: Price, inputTokens: number): { input: number; output: number } {
  return price.above && inputTokens > price.above.input_tokens ? price.above : price
}

/** A millionth of a cent is fine enough, and keeps sums free of the noise of floating point. */
function roundCents(cents: number): number {
  return Math.round(cents * 1_000_000) / 1_000_000
}
