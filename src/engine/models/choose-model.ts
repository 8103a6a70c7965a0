import { createRequire } from 'node:module'
import type { LanguageModelV4 } from '@ai-sdk/provider'
import { builtInModel } from './built-in-model.ts'
import type { ModelSettings } from './model-settings.ts'

/** A provider's package is loaded when it is first asked: all of them together cost a fifth of a second at every start. */
const load: <T>(name: string) => T = createRequire(import.meta.url)

/** What an agent wants to be run by. */
export type WantedModel = { provider?: string | undefined; model?: string | undefined }

/** Who will answer, and whether that is who was asked for. */
export type ModelChoice = {
  model: LanguageModelV4
  provider: string
  modelId: string
  requested: { provider: string | null; model: string | null }
  /** True when another than the requested provider or model answers: the record has to say so. */
  substituted: boolean
}

type KeyedProvider = {
  key: (settings: ModelSettings) => string | undefined
  /** The address in the settings, else the provider's own: its package would look in the environment. */
  baseUrl: (settings: ModelSettings) => string
  defaultModel: string
  create: (at: { apiKey: string; baseURL: string }, modelId: string) => LanguageModelV4
}

const PROVIDERS: Record<string, KeyedProvider> = {
  openai: {
    key: ({ openaiApiKey }) => openaiApiKey,
    baseUrl: ({ openaiBaseUrl }) => openaiBaseUrl ?? 'https://api.openai.com/v1',
    defaultModel: 'gpt-4.1-mini',
    // Chat completions keep nothing at the provider; the newer interface stores every exchange by default.
    create: (at, modelId) =>
      load<typeof import('@ai-sdk/openai')>('@ai-sdk/openai').createOpenAI(at).chat(modelId),
  },
  anthropic: {
    key: ({ anthropicApiKey }) => anthropicApiKey,
    baseUrl: ({ anthropicBaseUrl }) => anthropicBaseUrl ?? 'https://api.anthropic.com/v1',
    defaultModel: 'claude-sonnet-4-5',
    create: (at, modelId) =>
      load<typeof import('@ai-sdk/anthropic')>('@ai-sdk/anthropic')
        .createAnthropic(at)
        .languageModel(modelId),
  },
  google: {
    key: ({ googleApiKey }) => googleApiKey,
    baseUrl: ({ googleBaseUrl }) => googleBaseUrl ?? 'https://generativelanguage.googleapis.com/v1beta',
    defaultModel: 'gemini-2.5-flash',
    create: (at, modelId) =>
      load<typeof import('@ai-sdk/google')>('@ai-sdk/google').createGoogle(at).languageModel(modelId),
  },
  mistral: {
    key: ({ mistralApiKey }) => mistralApiKey,
    baseUrl: ({ mistralBaseUrl }) => mistralBaseUrl ?? 'https://api.mistral.ai/v1',
    defaultModel: 'mistral-small-latest',
    create: (at, modelId) =>
      load<typeof import('@ai-sdk/mistral')>('@ai-sdk/mistral').createMistral(at).chat(modelId),
  },
}

const ALIASES: Record<string, string> = {
  'built-in': 'builtin',
  'google-generative-ai': 'google',
  gemini: 'google',
  claude: 'anthropic',
  custom: 'openai-compatible',
}

/**
 * Who answers for a profile: its own provider where there is a key, else the server at `baseUrl`, else the built-in
 * rules. Without a provider named, the server at `baseUrl` goes before any key.
 */
export function chooseModel(settings: ModelSettings, profile: WantedModel): ModelChoice {
  const requested = { provider: profile.provider ?? null, model: profile.model ?? null }
  const name = profile.provider?.trim().toLowerCase()
  const wanted = name === undefined || name === '' ? undefined : (ALIASES[name] ?? name)
  const chosen =
    wanted === 'builtin'
      ? chooseBuiltIn()
      : (chooseKeyed(settings, wanted, profile.model) ??
        chooseServer(settings, wanted, profile.model) ??
        (wanted === undefined ? chooseAnyKeyed(settings, profile.model) : undefined) ??
        chooseBuiltIn())
  const otherProvider = wanted === undefined ? chosen.provider === 'builtin' : wanted !== chosen.provider
  const otherModel =
    chosen.provider !== 'builtin' && profile.model !== undefined && profile.model !== chosen.modelId
  return { ...chosen, requested, substituted: otherProvider || otherModel }
}

type Chosen = Pick<ModelChoice, 'model' | 'provider' | 'modelId'>

function chooseBuiltIn(): Chosen {
  return { model: builtInModel, provider: builtInModel.provider, modelId: builtInModel.modelId }
}

function chooseKeyed(
  settings: ModelSettings,
  provider: string | undefined,
  model: string | undefined,
): Chosen | undefined {
  const known = provider !== undefined && Object.hasOwn(PROVIDERS, provider) ? PROVIDERS[provider] : undefined
  const key = known?.key(settings)
  if (!known || !key) return undefined
  const modelId = model ?? known.defaultModel
  const at = { apiKey: key, baseURL: known.baseUrl(settings) }
  return { model: known.create(at, modelId), provider: provider!, modelId }
}

function chooseServer(
  settings: ModelSettings,
  provider: string | undefined,
  model: string | undefined,
): Chosen | undefined {
  // Who names the server itself may also name one of its models.
  const modelId = provider === 'openai-compatible' ? (model ?? settings.model) : (settings.model ?? model)
  if (!settings.baseUrl || modelId === undefined) return undefined
  const server = load<typeof import('@ai-sdk/openai-compatible')>(
    '@ai-sdk/openai-compatible',
  ).createOpenAICompatible({
    name: 'openai-compatible',
    baseURL: settings.baseUrl,
    includeUsage: true,
    ...(settings.apiKey !== undefined && { apiKey: settings.apiKey }),
  })
  return { model: server.chatModel(modelId), provider: 'openai-compatible', modelId }
}

/** Nobody was named: the first provider that has a key, with its usual model. A model's name may tell whose it is. */
function chooseAnyKeyed(settings: ModelSettings, model: string | undefined): Chosen | undefined {
  const owner = model === undefined ? undefined : ownerOf(model)
  if (model !== undefined && owner === undefined) return undefined
  for (const provider of owner === undefined ? Object.keys(PROVIDERS) : [owner]) {
    const chosen = chooseKeyed(settings, provider, model)
    if (chosen) return chosen
  }
  return undefined
}

function ownerOf(model: string): string | undefined {
  if (/^(gpt-|o\d|chatgpt-)/.test(model)) return 'openai'
  if (/^claude-/.test(model)) return 'anthropic'
  if (/^gemini-/.test(model)) return 'google'
  return /^(mistral-|ministral-|codestral-|magistral-|open-mi)/.test(model) ? 'mistral' : undefined
}
