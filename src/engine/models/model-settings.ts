import type { Price } from './schema.ts'

/** What an installation knows about models. Built once; the limits on calls are kept for each of these objects. */
export type ModelSettings = {
  openaiApiKey?: string | undefined
  anthropicApiKey?: string | undefined
  googleApiKey?: string | undefined
  mistralApiKey?: string | undefined
  /** Where a provider is asked instead of at its own address. */
  openaiBaseUrl?: string | undefined
  anthropicBaseUrl?: string | undefined
  googleBaseUrl?: string | undefined
  mistralBaseUrl?: string | undefined
  /** Any server that speaks OpenAI's chat completions; it serves every profile whose own provider has no key. */
  baseUrl?: string | undefined
  /** The key of the server at `baseUrl`, when it wants one. */
  apiKey?: string | undefined
  /** The model to ask for at `baseUrl`; without it, the one the profile names. */
  model?: string | undefined
  /** Prices by `provider/model`; they go before the table of list prices. */
  priceTable?: Record<string, Price> | undefined
  /** How long one call may take, waiting and repeats included. */
  callTimeoutMs?: number | undefined
  /** Calls under way at one provider at a time. */
  maxConcurrentCalls?: number | undefined
  /** Calls begun at one provider within a minute. */
  callsPerMinute?: number | undefined
  /** The pause before the first repeat of a failed call; each next one is twice as long. */
  retryDelayMs?: number | undefined
}
