import { afterEach, expect, test, vi } from 'vitest'
import { chooseModel, type WantedModel } from './choose-model.ts'
import type { ModelSettings } from './model-settings.ts'

const told = (settings: ModelSettings, profile: WantedModel) => {
  const { provider, modelId, substituted } = chooseModel(settings, profile)
  return [provider, modelId, substituted]
}

const KEYS = { openaiApiKey: 'k1', anthropicApiKey: 'k2', googleApiKey: 'k3', mistralApiKey: 'k4' }
const SERVER = { baseUrl: 'http://127.0.0.1:9/v1', model: 'llama' }

test.each([
  ['openai', 'gpt-4o'],
  ['anthropic', 'claude-sonnet-4-5'],
  ['google', 'gemini-2.5-pro'],
  ['mistral', 'mistral-medium-2508'],
])('%s answers for its own profiles where it has a key', (provider, model) => {
  expect(told(KEYS, { provider, model })).toEqual([provider, model, false])
  expect(told({ ...KEYS, ...SERVER }, { provider, model })).toEqual([provider, model, false])
  expect(chooseModel(KEYS, { provider, model }).model).toMatchObject({
    specificationVersion: 'v4',
    modelId: model,
  })
})

test('a provider without a model named uses a usual one of its own', () => {
  const { provider, modelId, substituted } = chooseModel(KEYS, { provider: 'OpenAI' })
  expect([provider, substituted]).toEqual(['openai', false])
  expect(modelId).toMatch(/^gpt-/)
})

test('the configured server serves whatever has no key, under its own model name, and that is told', () => {
  expect(told(SERVER, { provider: 'openai', model: 'gpt-4o' })).toEqual(['openai-compatible', 'llama', true])
  expect(told(SERVER, { provider: 'acme', model: 'x' })).toEqual(['openai-compatible', 'llama', true])
  expect(told(SERVER, {})).toEqual(['openai-compatible', 'llama', false])
  expect(told(SERVER, { provider: 'openai-compatible', model: 'qwen' })).toEqual([
    'openai-compatible',
    'qwen',
    false,
  ])
  expect(told({ baseUrl: SERVER.baseUrl }, { provider: 'openai', model: 'gpt-4o' })).toEqual([
    'openai-compatible',
    'gpt-4o',
    true,
  ])
})

test('with nothing configured the built-in rules serve every profile, and that is told', () => {
  expect(told({}, { provider: 'openai', model: 'gpt-4o' })).toEqual(['builtin', 'rules', true])
  expect(told({}, { provider: 'nobody-knows' })).toEqual(['builtin', 'rules', true])
  expect(told({}, {})).toEqual(['builtin', 'rules', true])
  expect(told(KEYS, { provider: 'nobody-knows', model: 'x' })).toEqual(['builtin', 'rules', true])
  expect(chooseModel({}, { provider: 'openai', model: 'gpt-4o' }).requested).toEqual({
    provider: 'openai',
    model: 'gpt-4o',
  })
})

test('who asks for the built-in rules gets them, whatever else is configured', () => {
  expect(told({ ...KEYS, ...SERVER }, { provider: 'builtin' })).toEqual(['builtin', 'rules', false])
  expect(told({}, { provider: 'builtin', model: 'rules' })).toEqual(['builtin', 'rules', false])
})

test('without a provider named, the model tells whose it is, else the first key serves', () => {
  expect(told(KEYS, { model: 'claude-haiku-4-5' })).toEqual(['anthropic', 'claude-haiku-4-5', false])
  expect(told({ mistralApiKey: 'k' }, {})[0]).toBe('mistral')
  expect(told({ mistralApiKey: 'k' }, { model: 'gpt-4o' })).toEqual(['builtin', 'rules', true])
})

test('a name that every object inherits is no provider', () => {
  expect(told(KEYS, { provider: 'constructor', model: 'toString' })).toEqual(['builtin', 'rules', true])
})

afterEach(() => vi.unstubAllEnvs())

test.each(['openai', 'anthropic', 'google', 'mistral'])(
  '%s is asked where the settings say, whatever its package finds in the environment',
  (provider) => {
    for (const name of ['OPENAI_BASE_URL', 'ANTHROPIC_BASE_URL']) vi.stubEnv(name, ' ')
    expect(told(KEYS, { provider })[0]).toBe(provider)
  },
)
