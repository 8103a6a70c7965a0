import type { FastifyRequest } from 'fastify'
import { routeMessage } from '../../apps/copilot/chat/route-message.ts'
import { ChatAnswer, ChatInput } from '../../apps/copilot/chat/schema.ts'
import type { CopilotContext } from '../../apps/copilot/copilot.ts'
import { AppError } from '../../lib/errors.ts'
import { engineContextFor } from '../engine-context.ts'
import type { HttpContext } from '../http-context.ts'
import { openEventStream } from '../open-event-stream.ts'
import { errors, type Routes } from '../route.ts'

const tags = ['copilot']
const refusals = errors(401, 403, 409, 422)

/** Sentences to the copilot: answered, asked about, or made a run. None of them approves, rejects or executes anything. */
export const chatRoutes: Routes = (app, http) => {
  app.post(
    '/v1/chat/route',
    {
      schema: {
        tags,
        summary: 'Say something to the copilot; a complete action becomes a run that waits for approval',
        description:
          'Only message is read as what somebody wants. A conversation is its speaker’s own and remembered for 20 minutes.',
        body: ChatInput,
        response: { 200: ChatAnswer, ...refusals },
      },
    },
    (request) => routeMessage(contextOf(request, http), request.body),
  )

  app.post(
    '/v1/chat/route/stream',
    {
      schema: {
        tags,
        summary: 'The same, told as it comes (server-sent events)',
        description:
          'Events: status {status, mode}, then delta {text} which together are assistant_message, then final with the whole answer; or error {code, message}.',
        body: ChatInput,
        response: refusals,
      },
    },
    async (request, reply) => {
      const context = contextOf(request, http)
      const stream = openEventStream(request, reply, http, new AbortController())
      try {
        const answer = await routeMessage(context, request.body, (progress) =>
          stream.send({ name: 'status', data: progress }),
        )
        for (const text of piecesOf(answer.assistant_message)) stream.send({ name: 'delta', data: { text } })
        stream.send({ name: 'final', data: answer })
      } catch (error) {
        const told = error instanceof AppError ? error : null
        if (!told) request.log.error({ error: (error as Error).message }, 'a message could not be answered')
        stream.send({
          name: 'error',
          data: {
            code: told?.code ?? 'INTERNAL_ERROR',
            message: told?.message ?? 'the answer could not be finished; ask again',
          },
        })
      } finally {
        stream.end()
      }
    },
  )
}

const contextOf = (request: FastifyRequest, http: HttpContext): CopilotContext => ({
  ...engineContextFor(request, http),
  copilot: http.copilot,
})

/** A few words each; put together again they are the text. */
const piecesOf = (text: string): string[] => text.match(/(?:\S+\s*){1,6}|\s+/g) ?? []
