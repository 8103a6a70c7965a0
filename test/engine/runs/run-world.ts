import type { ServerResponse } from 'node:http'
import {
  type ChatRequest,
  completion,
  sendJson,
  startChatServer,
} from '../../../src/engine/models/chat-server.fixture.ts'
import { AUTH_SETTINGS, signUp } from '../../gate/people.ts'
import { startTestServer } from '../../harness/start-test-server.ts'
import { runClient } from './run-client.ts'
import { openToolServer } from './tool-server.ts'

type Respond = (response: ServerResponse, request: ChatRequest) => void | Promise<void>

/** A provider of models that counts what it is asked and answers what it was told to, in order. */
export async function openModelServer() {
  const script: Respond[] = []
  const chat = await startChatServer((request, response) => {
    const respond = script.shift()
    if (respond) return respond(response, request)
    sendJson(response, 200, completion({ content: 'nothing more to say' }))
  })
  return {
    ...chat,
    /** What the next requests are answered: a text, a whole completion, or however a function does it. */
    willAnswer(...answers: (string | object | Respond)[]) {
      script.length = 0
      chat.requests.length = 0
      for (const answer of answers) {
        if (typeof answer === 'function') script.push(answer as Respond)
        else {
          const body = typeof answer === 'string' ? completion({ content: answer }) : answer
          script.push((response) => sendJson(response, 200, body))
        }
      }
    },
  }
}

/** One call of a tool that a model asks for; tools are offered to it without dots in their names. */
export const asksFor = (toolId: string, input: unknown = {}) =>
  completion(
    {
      content: null,
      tool_calls: [
        {
          id: 'call_1',
          type: 'function',
          function: { name: toolId.replaceAll('.', '_'), arguments: JSON.stringify(input) },
        },
      ],
    },
    'tool_calls',
  )

/** The product with its administrator, the world that tools reach and the provider that models are asked at. */
export async function openRunWorld({
  signedIn = true,
  ...options
}: Parameters<typeof startTestServer>[0] & { signedIn?: boolean } = {}) {
  const world = await openToolServer()
  const model = await openModelServer()
  const settings = {
    ...(signedIn && AUTH_SETTINGS),
    COUNTERSIGN_TOOL_ORIGINS: world.origin,
    LLM_BASE_URL: model.baseUrl,
    LLM_MODEL: 'local',
    ...options.settings,
  }
  const server = await startTestServer({ background: true, ...options, settings })
  // Repeats are tested where models are; here they only take time.
  server.app.http.engine.models.retryDelayMs = 1
  const headers = signedIn ? (await signUp(server)).headers : {}
  const client = runClient(server, { headers })
  return {
    headers,
    world,
    model,
    server,
    /** What another server needs to go on where this one stopped. */
    settings,
    client,
    async close() {
      await server.close()
      await model.close()
      await world.close()
    },
  }
}

export type RunWorld = Awaited<ReturnType<typeof openRunWorld>>
