import type { PayloadOf } from '../../kernel/ledger/event-kinds.ts'
import type { Json } from '../../lib/canonical-json.ts'
import { type Attributes, known } from './span.ts'

/** How texts of people, models and tools are told; null where they are not told. */
export type TellText = ((text: string) => string) | null

/** The names that OpenTelemetry has for providers; others go by their own. */
const PROVIDERS: Record<string, string> = { google: 'gcp.gemini', mistral: 'mistral_ai' }
const providerName = (provider: string) => PROVIDERS[provider] ?? provider

export const describeModelIntent = ({ provider, model, agent_id }: PayloadOf<'llm_call_intended'>) => ({
  'gen_ai.operation.name': 'chat',
  'gen_ai.provider.name': providerName(provider),
  'gen_ai.request.model': model,
  'gen_ai.agent.id': agent_id,
})

/** What an answered request adds: the model that answered, what it used and why it stopped. */
export function describeModelCall(call: PayloadOf<'llm_call'>, tell: TellText): Attributes {
  return known({
    ...describeModelIntent({ ...call, reserved_cents: 0 }),
    'gen_ai.response.model': call.error === null ? call.model : null,
    'gen_ai.response.finish_reasons': [call.finish_reason],
    'gen_ai.usage.input_tokens': call.usage.input_tokens,
    'gen_ai.usage.output_tokens': call.usage.output_tokens,
    'countersign.requested_model': call.requested_model,
    'countersign.cost_cents': call.estimated_cost_cents,
    ...(tell && describeMessages(call, tell)),
  })
}

export const describeToolIntent = (call: { tool_id: string; call_id: string; decision_id?: string }) =>
  known({
    'gen_ai.operation.name': 'execute_tool',
    'gen_ai.tool.name': call.tool_id,
    'gen_ai.tool.call.id': call.call_id,
    'countersign.decision_id': call.decision_id,
  })

export function describeToolCall(call: PayloadOf<'tool_call'>, tell: TellText): Attributes {
  return known({
    ...describeToolIntent(call),
    'countersign.outcome': call.outcome,
    'countersign.remote': call.remote,
    ...(tell && {
      'gen_ai.tool.call.arguments': tell(JSON.stringify(call.input)),
      'gen_ai.tool.call.result': tell(JSON.stringify(call.output)),
    }),
  })
}

type Prompt = {
  system?: string
  messages?: { role: string; content?: string; [member: string]: Json | undefined }[]
}

/** Prompt and answer in the form that the conventions of OpenTelemetry give messages. */
function describeMessages(
  { prompt, response, tool_calls, finish_reason }: PayloadOf<'llm_call'>,
  tell: (text: string) => string,
) {
  const { system, messages } = (prompt ?? {}) as Prompt
  const answered = [
    ...(response ? [textPart(response)] : []),
    ...tool_calls.map(({ id, tool_id, input }) => callPart(id, tool_id, input)),
  ]
  return known({
    'gen_ai.system_instructions': system && tell(JSON.stringify([textPart(system)])),
    'gen_ai.input.messages': messages && tell(JSON.stringify(messages.map(describeMessage))),
    'gen_ai.output.messages':
      response === undefined
        ? null
        : tell(JSON.stringify([{ role: 'assistant', parts: answered, finish_reason }])),
  })
}

function describeMessage(message: NonNullable<Prompt['messages']>[number]) {
  const { role, content, toolCalls, toolCallId, output } = message
  if (role === 'tool') {
    return { role, parts: [{ type: 'tool_call_response', id: toolCallId, response: output }] }
  }
  const calls = (toolCalls ?? []) as { id: string; name: string; input: Json }[]
  return {
    role,
    parts: [
      ...(content ? [textPart(content)] : []),
      ...calls.map(({ id, name, input }) => callPart(id, name, input)),
    ],
  }
}

const textPart = (content: string) => ({ type: 'text', content })
const callPart = (id: string, name: string, input: Json) => ({
  type: 'tool_call',
  id,
  name,
  arguments: input,
})
