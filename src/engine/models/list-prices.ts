import type { Price } from './schema.ts'

/** What a provider published, as of a day. */
type PriceList = { as_of: string; source: string; models: Record<string, Price> }

const LISTS: Record<string, PriceList> = {
  openai: {
    as_of: '2025-12-01',
    source: 'https://platform.openai.com/docs/pricing',
    models: {
      'gpt-5.1': { input: 125, output: 1000, cached_input: 12.5 },
      'gpt-5': { input: 125, output: 1000, cached_input: 12.5 },
      'gpt-5-mini': { input: 25, output: 200, cached_input: 2.5 },
      'gpt-5-nano': { input: 5, output: 40, cached_input: 0.5 },
      'gpt-4.1': { input: 200, output: 800, cached_input: 50 },
      'gpt-4.1-mini': { input: 40, output: 160, cached_input: 10 },
      'gpt-4.1-nano': { input: 10, output: 40, cached_input: 2.5 },
      'gpt-4o': { input: 250, output: 1000, cached_input: 125 },
      'gpt-4o-2024-05-13': { input: 500, output: 1500 },
      'gpt-4o-mini': { input: 15, output: 60, cached_input: 7.5 },
      o3: { input: 200, output: 800, cached_input: 50 },
      'o4-mini': { input: 110, output: 440, cached_input: 27.5 },
      'o3-mini': { input: 110, output: 440, cached_input: 55 },
      o1: { input: 1500, output: 6000, cached_input: 750 },
      'gpt-4-turbo': { input: 1000, output: 3000 },
      'gpt-3.5-turbo': { input: 50, output: 150 },
    },
  },
  anthropic: {
    as_of: '2025-12-01',
    source: 'https://docs.claude.com/en/docs/about-claude/pricing',
    models: {
      'claude-opus-4-5': { input: 500, output: 2500, cached_input: 50 },
      'claude-opus-4-1': { input: 1500, output: 7500, cached_input: 150 },
      'claude-opus-4': { input: 1500, output: 7500, cached_input: 150 },
      'claude-sonnet-4-5': { input: 300, output: 1500, cached_input: 30 },
      'claude-sonnet-4': { input: 300, output: 1500, cached_input: 30 },
      'claude-3-7-sonnet': { input: 300, output: 1500, cached_input: 30 },
      'claude-haiku-4-5': { input: 100, output: 500, cached_input: 10 },
      'claude-3-5-haiku': { input: 80, output: 400, cached_input: 8 },
      'claude-3-haiku': { input: 25, output: 125, cached_input: 3 },
    },
  },
  google: {
    as_of: '2025-12-01',
    source: 'https://ai.google.dev/gemini-api/docs/pricing',
    models: {
      'gemini-2.5-pro': {
        input: 125,
        output: 1000,
        cached_input: 12.5,
        above: { input_tokens: 200_000, input: 250, output: 1500 },
      },
      'gemini-2.5-flash': { input: 30, output: 250, cached_input: 3 },
      'gemini-2.5-flash-lite': { input: 10, output: 40, cached_input: 1 },
      'gemini-2.0-flash': { input: 10, output: 40, cached_input: 2.5 },
    },
  },
  mistral: {
    as_of: '2025-12-01',
    source: 'https://mistral.ai/pricing',
    models: {
      'mistral-medium-2508': { input: 40, output: 200 },
      'mistral-medium-2505': { input: 40, output: 200 },
      'mistral-large-2411': { input: 200, output: 600 },
      'mistral-small-2506': { input: 10, output: 30 },
      'mistral-small-2503': { input: 10, output: 30 },
      'codestral-2508': { input: 30, output: 90 },
      'ministral-8b-2410': { input: 10, output: 10 },
      'ministral-3b-2410': { input: 4, output: 4 },
      'open-mistral-nemo': { input: 15, output: 15 },
    },
  },
}

/**
 * List prices for plain calls by `provider/model`, each with its day and where such prices stand. Providers change them:
 * what an installation pays goes before them by the price table in its settings. A model that is not here has an unknown
 * price, which is not zero.
 */
export const LIST_PRICES: Record<string, Price> = Object.fromEntries(
  Object.entries(LISTS).flatMap(([provider, { as_of, source, models }]) =>
    Object.entries(models).map(([model, price]) => [`${provider}/${model}`, { ...price, as_of, source }]),
  ),
)
