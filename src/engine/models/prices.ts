import type { ModelSettings } from './model-settings.ts'

/** Cents of US dollar for a million tokens. */
export type Price = {
  input: number
  output: number
  /** Input that the provider had kept from earlier calls. Without it such input is priced as any other. */
  cached_input?: number | undefined
  /** What holds for the whole call once its input is longer than this. */
  above?: { input_tokens: number; input: number; output: number } | undefined
}

export type Usage = { input_tokens: number; output_tokens: number; cached_input_tokens?: number | undefined }

/**
 * List prices for plain calls, as published. Providers change them: what an installation pays goes before this table by
 * the price table in its settings. A model that is not here has an unknown price, which is not zero.
 */
export const LIST_PRICES: { as_of: string; models: Record<string, Price> } = {
  as_of: '2025-12-01',
  models: {
    'openai/gpt-5.1': { input: 125, output: 1000, cached_input: 12.5 },
    'openai/gpt-5': { input: 125, output: 1000, cached_input: 12.5 },
    'openai/gpt-5-mini': { input: 25, output: 200, cached_input: 2.5 },
    'openai/gpt-5-nano': { input: 5, output: 40, cached_input: 0.5 },
    'openai/gpt-4.1': { input: 200, output: 800, cached_input: 50 },
    'openai/gpt-4.1-mini': { input: 40, output: 160, cached_input: 10 },
    'openai/gpt-4.1-nano': { input: 10, output: 40, cached_input: 2.5 },
    'openai/gpt-4o': { input: 250, output: 1000, cached_input: 125 },
    'openai/gpt-4o-2024-05-13': { input: 500, output: 1500 },
    'openai/gpt-4o-mini': { input: 15, output: 60, cached_input: 7.5 },
    'openai/o3': { input: 200, output: 800, cached_input: 50 },
    'openai/o4-mini': { input: 110, output: 440, cached_input: 27.5 },
    'openai/o3-mini': { input: 110, output: 440, cached_input: 55 },
    'openai/o1': { input: 1500, output: 6000, cached_input: 750 },
    'openai/gpt-4-turbo': { input: 1000, output: 3000 },
    'openai/gpt-3.5-turbo': { input: 50, output: 150 },
    'anthropic/claude-opus-4-5': { input: 500, output: 2500, cached_input: 50 },
    'anthropic/claude-opus-4-1': { input: 1500, output: 7500, cached_input: 150 },
    'anthropic/claude-opus-4': { input: 1500, output: 7500, cached_input: 150 },
    'anthropic/claude-sonnet-4-5': { input: 300, output: 1500, cached_input: 30 },
    'anthropic/claude-sonnet-4': { input: 300, output: 1500, cached_input: 30 },
    'anthropic/claude-3-7-sonnet': { input: 300, output: 1500, cached_input: 30 },
    'anthropic/claude-haiku-4-5': { input: 100, output: 500, cached_input: 10 },
    'anthropic/claude-3-5-haiku': { input: 80, output: 400, cached_input: 8 },
    'anthropic/claude-3-haiku': { input: 25, output: 125, cached_input: 3 },
    'google/gemini-2.5-pro': {
      input: 125,
      output: 1000,
      cached_input: 12.5,
      above: { input_tokens: 200_000, input: 250, output: 1500 },
    },
    'google/gemini-2.5-flash': { input: 30, output: 250, cached_input: 3 },
    'google/gemini-2.5-flash-lite': { input: 10, output: 40, cached_input: 1 },
    'google/gemini-2.0-flash': { input: 10, output: 40, cached_input: 2.5 },
    'mistral/mistral-medium-2508': { input: 40, output: 200 },
    'mistral/mistral-medium-2505': { input: 40, output: 200 },
    'mistral/mistral-large-2411': { input: 200, output: 600 },
    'mistral/mistral-small-2506': { input: 10, output: 30 },
    'mistral/mistral-small-2503': { input: 10, output: 30 },
    'mistral/codestral-2508': { input: 30, output: 90 },
    'mistral/ministral-8b-2410': { input: 10, output: 10 },
    'mistral/ministral-3b-2410': { input: 4, output: 4 },
    'mistral/open-mistral-nemo': { input: 15, output: 15 },
  },
}

const FREE: Price = { input: 0, output: 0 }

/** The price of a model, by its own name or without the day its version is named after; undefined when not known. */
export function priceOf(settings: ModelSettings, provider: string, model: string): Price | undefined {
  const own = settings.priceTable ?? {}
  const undated = model.replace(/-(?:\d{4}-\d{2}-\d{2}|\d{8})$/, '')
  for (const table of [own, LIST_PRICES.models]) {
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
