import { z } from 'zod'
import { listAgents } from '../../engine/agents/agent-rows.ts'
import { converse } from '../../engine/agents/converse.ts'
import { describeAgentRun } from '../../engine/agents/describe-agent-run.ts'
import { requireAgent, runAgentAlone } from '../../engine/agents/run-agent-alone.ts'
import { saveAgent } from '../../engine/agents/save-agent.ts'
import { Agent, AgentInput } from '../../engine/agents/schema.ts'
import { WORKFLOW_VOCABULARY } from '../../engine/workflows/vocabulary.ts'
import { requireBuilder } from '../../identity/authorize-access.ts'
import { contextFor } from '../authenticate.ts'
import { engineContextFor, knownTools } from '../engine-context.ts'
import { openEventStream } from '../open-event-stream.ts'
import { errors, type Routes, UNDER_BOTH_ROOTS } from '../route.ts'

const Params = z.object({ agent_id: z.string().min(1).max(512) })
const AgentRun = z.object({
  agent_id: z.string(),
  run_id: z.string(),
  status: z.string(),
  text: z.string(),
  output: z.json(),
  tool_calls: z.array(z.json()),
  finish_reason: z.string(),
  error: z.string().nullable(),
})
const tags = ['agents']
const config = { vocabulary: WORKFLOW_VOCABULARY }

export const agentRoutes: Routes = (app, http) => {
  for (const root of UNDER_BOTH_ROOTS) {
    app.get(
      `${root}/agents`,
      {
        schema: {
          tags,
          summary: 'Every agent',
          response: { 200: z.object({ data: z.array(Agent), total: z.number() }), ...errors(401) },
        },
      },
      async (request) => {
        const { database, principal } = contextFor(request, http)
        const data = await database.transaction(principal.tenantId, (session) =>
          listAgents(session, principal.tenantId),
        )
        return { data, total: data.length }
      },
    )

    app.get(
      `${root}/agents/:agent_id`,
      {
        schema: { tags, summary: 'One agent', params: Params, response: { 200: Agent, ...errors(401, 404) } },
      },
      (request) => requireAgent(engineContextFor(request, http), request.params.agent_id),
    )

    app.post(
      `${root}/agents`,
      {
        config,
        schema: {
          tags,
          summary: 'Add an agent, or replace what the one with this id is told',
          body: AgentInput,
          response: { 200: Agent, 201: Agent, ...errors(401, 403, 422) },
        },
      },
      async (request, reply) => {
        requireBuilder(request.principal!, 'change')
        const { agent, created } = await saveAgent(contextFor(request, http), knownTools(http), request.body)
        return reply.code(created ? 201 : 200).send(agent)
      },
    )

    app.post(
      `${root}/agents/:agent_id/test`,
      {
        config,
        schema: {
          tags,
          summary: 'Put an agent to work on an input once; it is a run like every other, in draft mode',
          description:
            'The input is data to the agent, whatever it looks like: a history in it is nothing that was said.',
          params: Params,
          body: z.strictObject({ input: z.json().default({}) }),
          response: { 200: AgentRun, ...errors(401, 403, 404, 422) },
        },
      },
      async (request) => {
        const context = engineContextFor(request, http)
        const { agent_id: agentId } = request.params
        const runId = await runAgentAlone(context, agentId, request.body.input)
        return describeAgentRun(context, agentId, runId)
      },
    )

    app.post(
      `${root}/agents/:agent_id/conversation`,
      {
        config,
        schema: {
          tags,
          summary: 'Say something to an agent and hear its answer as it comes (server-sent events)',
          description:
            'Events, in the order in which things happen: connected {conversation_id, run_id}, text {text}, tool_call, complete. Send conversation_id to go on; what was said before is read from the ledger, and a history in the body is refused.',
          params: Params,
          body: z.strictObject({
            message: z.string().trim().min(1).max(100_000),
            context: z.json().default(null),
            conversation_id: z.uuid().optional(),
          }),
          response: errors(401, 403, 404, 422),
        },
      },
      async (request, reply) => {
        const context = engineContextFor(request, http)
        const { agent_id: agentId } = request.params
        const { message, context: about, conversation_id: conversationId } = request.body
        await requireAgent(context, agentId)
        const stream = openEventStream(request, reply, http, new AbortController())
        try {
          const said = { message, context: about, conversationId: conversationId ?? null }
          await converse(context, agentId, said, (part) => stream.send(part))
        } catch (error) {
          request.log.error({ error: (error as Error).message }, 'a conversation ended')
          stream.send({ name: 'error', data: { message: 'the answer could not be finished; ask again' } })
        } finally {
          stream.end()
        }
      },
    )
  }
}
