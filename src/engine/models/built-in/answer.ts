import type { LanguageModelV4CallOptions, LanguageModelV4FunctionTool } from '@ai-sdk/provider'
import { chooseRoute } from './choose-route.ts'
import { chooseListTool, chooseTool, prepareCall, slotSource, type ToolChoice } from './choose-tool.ts'
import { describeData } from './describe-data.ts'
import { fillSchema } from './fill-schema.ts'
import { judgeCondition, prepareData } from './judge-condition.ts'
import type { Judged } from './judge-meaning.ts'
import { type Conversation, readConversation, spokenInput } from './read-conversation.ts'
import { type JsonSchema, nameWords, readShape } from './read-schema.ts'
import { detectLanguage } from './read-text.ts'
import { findRouteSlot, type Job, recogniseJob } from './recognise-job.ts'
import { fitTriage, summariseTriage, triageData, triageRequest } from './run-triage.ts'
import { askForMissing, describeSelf, type Language, say } from './speak.ts'

/** One step of the model: words, or one call of a tool. Structured answers are text that is JSON. */
export type Answer =
  | { kind: 'text'; text: string; structured: boolean }
  | { kind: 'call'; tool: string; input: unknown }

type Asked = {
  options: LanguageModelV4CallOptions
  conversation: Conversation
  tools: LanguageModelV4FunctionTool[]
  schema: JsonSchema | undefined
  language: Language
}

/** Decides one step from the conversation alone: no clock, no chance, no memory between calls. */
export function answer(options: LanguageModelV4CallOptions): Answer {
  const conversation = readConversation(options.prompt)
  const tools =
    options.toolChoice?.type === 'none'
      ? []
      : (options.tools ?? []).filter((tool) => tool.type === 'function')
  const { responseFormat: format } = options
  const schema = format?.type === 'json' ? ((format.schema as JsonSchema | undefined) ?? {}) : undefined
  const said =
    spokenInput(conversation) ?? conversation.requests.at(-1) ?? conversation.data.at(-1)?.text ?? ''
  const asked: Asked = { options, conversation, tools, schema, language: detectLanguage(said) }
  const job = recogniseJob(conversation, format)
  return callTool(asked, job) ?? (schema ? structured(asked, job, schema) : spoken(asked, job))
}

function text(value: string): Answer {
  return { kind: 'text', text: value, structured: false }
}

function json(value: unknown): Answer {
  return { kind: 'text', text: JSON.stringify(value), structured: true }
}

function callTool({ options, conversation, tools, schema, language }: Asked, job: Job): Answer | undefined {
  const { toolChoice } = options
  const toAnswer = (choice: ToolChoice | undefined): Answer | undefined => {
    if (choice?.kind === 'call') return { kind: 'call', tool: choice.tool, input: choice.input }
    // A form that has to be JSON is no place for a question.
    if (choice?.kind === 'ask' && !schema && !lastFailed(conversation)) {
      return text(askForMissing(language, choice.missing, nameWords(choice.tool.name).join(' ')))
    }
    return undefined
  }
  if (toolChoice?.type === 'tool') {
    const tool = tools.find(({ name }) => name === toolChoice.toolName)
    return tool && toAnswer(prepareCall(conversation, tool, conversation.requests.at(-1) ?? '', true))
  }
  const forced = toolChoice?.type === 'required'
  if (job.kind === 'triage') {
    if (triageData(conversation.data) && !forced) return undefined
    const listed = toAnswer(chooseListTool(conversation, tools, 'ticket'))
    if (listed || !forced) return listed
  }
  if (job.kind === 'chat' || job.kind === 'fill' || job.kind === 'summary' || forced) {
    return toAnswer(chooseTool(conversation, tools, forced))
  }
  return undefined
}

function lastFailed({ toolOutcomes, endsWithTool }: Conversation): boolean {
  return endsWithTool && (toolOutcomes.at(-1)?.failed ?? false)
}

/** What a condition or a route is judged over: the data, or, where there is none, what the user said. */
function judged({ data, requests }: Conversation): Judged {
  const values = data.filter(({ value }) => !isRouteList(value)).map(({ value }) => value)
  if (values.length === 0)
    return prepareData(requests.filter((request) => !/^[ \t]*-/m.test(request)).join('\n'))
  return prepareData(values.length === 1 ? values[0] : values)
}

function isRouteList(value: unknown): boolean {
  const list = Array.isArray(value) ? value : (value as { routes?: unknown } | null)?.routes
  return (
    Array.isArray(list) &&
    list.every((item) => typeof item?.id === 'string' && ('condition' in item || 'when' in item))
  )
}

function structured(asked: Asked, job: Job, schema: JsonSchema): Answer {
  const { conversation } = asked
  if (job.kind === 'condition')
    return json(fitJudgement(schema, judgeCondition(job.condition, judged(conversation))))
  if (job.kind === 'route') {
    const { route, reason } = chooseRoute(job.routes, judged(conversation), job.noneAllowed)
    return json(fitNamed(schema, { [findRouteSlot(schema)!.name]: route }, reason))
  }
  if (job.kind === 'triage') {
    const rated = triageData(conversation.data) ?? triageRequest(conversation.requests.at(-1) ?? '') ?? []
    if (Object.keys(schema).length === 0) return json(summariseTriage(rated))
    return json(fitTriage(schema, rated))
  }
  if (job.kind === 'summary' && Object.keys(schema.properties ?? {}).length > 0) {
    const [name] =
      Object.entries(schema.properties!).find(
        ([, property]) => readShape(property, schema).kind === 'string',
      ) ?? []
    if (name !== undefined) return json(fitNamed(schema, { [name]: summarise(asked) }, ''))
  }
  if (Object.keys(schema).length === 0) return json({ text: (spoken(asked, job) as { text: string }).text })
  return json(fillSchema(schema, slotSource(conversation, undefined), true).value)
}

/** The verdict in the first member that takes one; a schema without null has to take "not known" as no. */
function fitJudgement(
  schema: JsonSchema,
  { holds, reason }: { holds: boolean | null; reason: string },
): unknown {
  const shapes = Object.entries(schema.properties ?? {}).map(([name, property]) => ({
    name,
    shape: readShape(property, schema),
  }))
  const verdict = shapes.find(({ shape }) => shape.kind === 'boolean')
  return fitNamed(
    schema,
    verdict ? { [verdict.name]: verdict.shape.nullable ? holds : (holds ?? false) } : {},
    reason,
  )
}

function fitNamed(schema: JsonSchema, known: Record<string, unknown>, reason: string): unknown {
  const fitted: Record<string, unknown> = { ...known }
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    if (name in fitted) continue
    const shape = readShape(property, schema)
    if (shape.schema.enum) continue
    if (shape.kind === 'string') fitted[name] = reason
    else if (shape.kind === 'number' && /confidence|certainty|score/i.test(name)) fitted[name] = 0.8
    else if (shape.nullable) fitted[name] = null
  }
  return fitted
}

function spoken(asked: Asked, job: Job): Answer {
  const { conversation, language, tools } = asked
  switch (job.kind) {
    case 'triage': {
      const rated = triageData(conversation.data) ?? triageRequest(conversation.requests.at(-1) ?? '')
      if (rated) return json(summariseTriage(rated))
      return text(lastFailed(conversation) ? tellFailure(asked) : say(language, 'tickets'))
    }
    case 'condition':
      return json(judgeCondition(job.condition, judged(conversation)))
    case 'summary':
      return text(summarise(asked))
    case 'reply':
      return text(draftReply(conversation))
    case 'route':
    case 'fill':
    case 'chat':
      if (conversation.endsWithTool)
        return text(lastFailed(conversation) ? tellFailure(asked) : tellResults(conversation))
      if (holdsMaterial(conversation)) return text(describeNewest(conversation))
      return text(
        describeSelf(
          language,
          tools.map(({ name }) => name),
        ),
      )
  }
}

/** Talk to the model itself rather than material to work on. */
const ADDRESSED =
  /^\s*(?:hello|hi|hey|olá|ola|bom dia|boa tarde|boa noite|good (?:morning|evening|afternoon))\b[^.?!\n]{0,30}[.?!]?\s*$|\b(?:who|what) are you\b|\bwhat can you do\b|\b(?:quem|o que) (?:és|é você|es tu|sabes fazer|consegues fazer)/i

/** Whether there is anything to work on besides the words that somebody said: those are not given back as an answer. */
function holdsMaterial(conversation: Conversation): boolean {
  const said = spokenInput(conversation)
  if (said === undefined) return conversation.data.length > 0
  if (ADDRESSED.test(said)) return false
  return conversation.data.some(
    ({ name, value }) =>
      !/^input$/i.test(name) || (typeof value === 'object' && Object.keys(value ?? {}).length > 1),
  )
}

function tellFailure({ conversation, language }: Asked): string {
  const failure = conversation.toolOutcomes.at(-1)!
  const told = (failure.value as { error?: unknown } | null)?.error ?? failure.value
  const why = typeof told === 'string' ? told : JSON.stringify(told)
  return `${failure.name} ${say(language, 'failed')}: ${why.slice(0, 300)}`
}

/** What the tools called since the last request answered, in one paragraph. */
function tellResults({ toolOutcomes }: Conversation): string {
  return toolOutcomes
    .map(({ name, value, failed }) =>
      failed ? `${name} failed: ${String(value).slice(0, 200)}` : describeData(value),
    )
    .join(' ')
}

function describeNewest({ data }: Conversation): string {
  const newest = data.at(-1)!
  return describeData(newest.value, /^(data|json|input|output|text)?$/i.test(newest.name) ? '' : newest.name)
}

function summarise({ conversation, language }: Asked): string {
  const { requests } = conversation
  const input = conversation.data.filter(({ name }) => /^input$/i.test(name))
  const data = input.length > 0 ? input : conversation.data
  if (data.length > 0) {
    return data
      .map(({ name, value }) =>
        describeData(value, /^(data|json|input|output|text)?$/i.test(name) ? '' : name),
      )
      .join(' ')
  }
  const told = /:\s*([\s\S]{20,})$/.exec(requests.at(-1) ?? '')?.[1] ?? longest(requests.at(-1) ?? '')
  return told === undefined ? say(language, 'data') : describeData(told)
}

/** A request long enough to be the text itself and not only the wish for a summary. */
function longest(request: string): string | undefined {
  const lines = request.split('\n').filter((line) => line.split(/\s+/).length > 15)
  return lines.length > 0 ? lines.join('\n') : undefined
}

const NEXT: Record<Language, Record<string, string>> = {
  en: {
    escalate_to_human: 'A member of our team is looking into it now.',
    assign_to_maintenance: 'We have asked maintenance to see to it.',
    assign_to_technical_support: 'We have passed it on to technical support.',
    assign_to_billing: 'Our billing team will check it and come back to you.',
    assign_to_service: 'We have passed it on and will see to it.',
    schedule: 'We will confirm the time with you.',
    auto_reply: 'We will come back to you with the details.',
    request_information: 'Could you tell us a little more, so that we can help?',
    close: 'We consider it settled; write to us if it is not.',
  },
  pt: {
    escalate_to_human: 'Uma pessoa da nossa equipa está a tratar do assunto agora.',
    assign_to_maintenance: 'Pedimos à manutenção que trate do assunto.',
    assign_to_technical_support: 'Passámos o assunto ao apoio técnico.',
    assign_to_billing: 'A faturação vai verificar e responde-lhe em seguida.',
    assign_to_service: 'Passámos o pedido e vamos tratar dele.',
    schedule: 'Vamos confirmar a hora consigo.',
    auto_reply: 'Respondemos em seguida com os detalhes.',
    request_information: 'Pode dizer-nos um pouco mais, para podermos ajudar?',
    close: 'Damos o assunto por resolvido; escreva-nos se não estiver.',
  },
}

/** A short reply by template; it promises no more than the action that the words of the message call for. */
function draftReply({ data }: Conversation): string {
  const rated = triageData(data)?.[0]
  if (!rated) return describeData(data.at(-1)!.value)
  const language = detectLanguage(rated.text)
  return `${say(language, 'thanks')} "${rated.subject}". ${NEXT[language][rated.action]}`
}
