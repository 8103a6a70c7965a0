import { expect, onTestFinished } from 'vitest'
import { type Respond, startChatServer } from './chat-server.fixture.ts'
import { chooseModel } from './choose-model.ts'
import { ModelError } from './model-error.ts'
import type { ModelSettings } from './model-settings.ts'
import type { ModelCall } from './send-request.ts'

export const KEY = 'sk-local-0123456789abcdef'

/** A call of a model behind a real server on loopback, with short pauses between attempts. */
export async function askServer(
  respond: Respond,
  over: Partial<ModelCall> = {},
  settingsOver: Partial<ModelSettings> = {},
) {
  const server = await startChatServer(respond)
  onTestFinished(server.close)
  const settings: ModelSettings = {
    baseUrl: server.baseUrl,
    apiKey: KEY,
    model: 'local',
    retryDelayMs: 5,
    callTimeoutMs: 3000,
    ...settingsOver,
  }
  const call: ModelCall = {
    settings,
    choice: chooseModel(settings, { provider: 'openai', model: 'gpt-4o' }),
    system: 'You help.',
    messages: [{ role: 'user', content: 'Hello' }],
    maxTokens: 100,
    ...over,
  }
  return { server, call }
}

export async function failureOf(work: Promise<unknown>): Promise<ModelError> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  expect(error).toBeInstanceOf(ModelError)
  expect(String((error as Error).message)).not.toContain(KEY)
  expect((error as Error).cause).toBeUndefined()
  return error as ModelError
}
