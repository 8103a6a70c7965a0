import type { LanguageModelV4FunctionTool } from '@ai-sdk/provider'
import { canonicalJson } from '../../../lib/canonical-json.ts'
import { compareMeaning, type Meaning, readMeaning } from './compare-meaning.ts'
import { type Filled, fillSchema } from './fill-schema.ts'
import { readNow } from './parse-dates.ts'
import type { Conversation } from './read-conversation.ts'
import { type JsonSchema, nameWords } from './read-schema.ts'
import { detectLanguage } from './read-text.ts'
import type { SlotSource } from './slot-source.ts'

export type ToolChoice =
  | { kind: 'call'; tool: string; input: unknown }
  | { kind: 'ask'; tool: LanguageModelV4FunctionTool; missing: Filled['missing'] }

type Tool = LanguageModelV4FunctionTool

/** How much of a request a tool has to be about before it is called. */
const LEAST_SCORE = 1

/**
 * The next call a request asks for. Only what the user and the operator said can ask for one: data never does. A
 * request of several parts is worked off part by part, each by one call.
 */
export function chooseTool(
  conversation: Conversation,
  tools: Tool[],
  forced: boolean,
): ToolChoice | undefined {
  if (tools.length === 0) return undefined
  const wanted = askedFor(conversation)
  const called = new Set(conversation.toolUses.map(({ name }) => name))
  for (const part of splitParts(wanted.text)) {
    const tool = bestTool(part, tools, wanted.fromUser)
    if (!tool || called.has(tool.name)) continue
    return prepareCall(conversation, tool, part, forced)
  }
  if (!forced) return undefined
  const tool = tools.find(({ name }) => !called.has(name)) ?? tools[0]!
  return prepareCall(conversation, rankTools(wanted.text, tools)[0]?.tool ?? tool, wanted.text, true)
}

/** The tool that lists what a job works on, such as open tickets, when it has not been called yet. */
export function chooseListTool(
  conversation: Conversation,
  tools: Tool[],
  about: string,
): ToolChoice | undefined {
  const called = new Set(conversation.toolUses.map(({ name }) => name))
  const candidates = tools
    .filter(({ name }) => !called.has(name))
    .filter((tool) => {
      const meaning = meaningOf(tool)
      const writes = WRITING.some((verb) => readMeaning(nameWords(tool.name).join(' ')).has(verb))
      return meaning.has(about) && (meaning.has('list') || meaning.has('fetch')) && !writes
    })
  const tool = candidates[0]
  if (!tool) return undefined
  const choice = prepareCall(conversation, tool, conversation.requests.at(-1) ?? '', false)
  return choice?.kind === 'call' ? choice : undefined
}

/** A call of one tool with whatever can be filled. */
export function prepareCall(
  conversation: Conversation,
  tool: Tool,
  part: string,
  forced: boolean,
): ToolChoice | undefined {
  const schema = tool.inputSchema as JsonSchema
  const near = fillSchema(schema, slotSource(conversation, part), false)
  const far =
    near.missing.length === 0 ? near : fillSchema(schema, slotSource(conversation, undefined), false)
  const filled = far.missing.length < near.missing.length ? far : near
  if (filled.missing.length > 0 && !forced) return { kind: 'ask', tool, missing: filled.missing }
  const input = filled.value ?? {}
  const repeated = conversation.toolUses.some((use) => use.name === tool.name && sameInput(use.input, input))
  return repeated ? undefined : { kind: 'call', tool: tool.name, input }
}

function sameInput(left: unknown, right: unknown): boolean {
  try {
    return canonicalJson(left ?? {}) === canonicalJson(right ?? {})
  } catch {
    return false
  }
}

/** Where slots are taken from: one part of the request, or all that the user said; data by name in any case. */
export function slotSource(conversation: Conversation, part: string | undefined): SlotSource {
  const said = conversation.requests.join('\n')
  const texts = conversation.data.flatMap(({ value }) => (typeof value === 'string' ? [value] : []))
  const text = part ?? (said.trim() === '' || texts.length > 0 ? [said, ...texts].join('\n') : said)
  const now = [conversation.instructions, said, ...conversation.data.map((block) => block.text)]
    .map(readNow)
    .find((found) => found !== undefined)
  return {
    text: text.trim(),
    language: detectLanguage(text),
    now: now ?? nowInData(conversation),
    facts: conversation.data.map(({ value }) => value).reverse(),
  }
}

function nowInData(conversation: Conversation): Date | undefined {
  for (const { value } of conversation.data) {
    const now =
      typeof value === 'object' && value !== null ? (value as Record<string, unknown>).now : undefined
    const date = typeof now === 'string' ? new Date(now) : undefined
    if (date && !Number.isNaN(date.getTime())) return date
  }
  return undefined
}

/** The newest request; where the user sent only data, what the agent was told to do with it. */
function askedFor(conversation: Conversation): { text: string; fromUser: boolean } {
  const request = conversation.requests.at(-1) ?? ''
  const words = request.split(/\s+/).filter((word) => /\p{L}{2,}/u.test(word))
  const onlyLabel = words.length === 0 || (words.length <= 3 && request.trim().endsWith(':'))
  return onlyLabel ? { text: conversation.instructions, fromUser: false } : { text: request, fromUser: true }
}

function splitParts(text: string): string[] {
  const parts = text
    .split(
      /[.;\n]\s+|\s*,?\s+(?:and then|then|and also|after that|afterwards|e depois|depois|em seguida|and|e)\s+(?=\p{L}{2,})/iu,
    )
    .map((part) => part.trim())
    .filter((part) => part !== '')
  return parts.length > 1 ? [...parts, text] : [text]
}

function bestTool(part: string, tools: Tool[], fromUser: boolean): Tool | undefined {
  const named = tools.find(({ name }) => part.toLowerCase().includes(name.toLowerCase()) && name.length > 3)
  if (named) return named
  const [best] = rankTools(part, tools)
  if (!best || best.score < LEAST_SCORE) return undefined
  // What an operator wrote for every request is too general to change anything by.
  return fromUser || !best.writes ? best.tool : undefined
}

const WRITING = [
  'create',
  'update',
  'delete',
  'send',
  'cancel',
  'transfer',
  'refund',
  'approve',
  'purchase',
  'change',
]

type Ranked = { tool: Tool; score: number; writes: boolean }

function rankTools(part: string, tools: Tool[]): Ranked[] {
  const given = readMeaning(part)
  return tools.map((tool) => rankTool(tool, given)).sort((left, right) => right.score - left.score)
}

function rankTool(tool: Tool, given: Meaning): Ranked {
  const name = readMeaning(nameWords(tool.name).join(' '))
  const byName = compareMeaning(name, given)
  const byDescription = compareMeaning(readMeaning(tool.description ?? ''), given)
  const verbs = WRITING.filter((verb) => name.has(verb))
  const writes = verbs.length > 0
  const asked = verbs.some((verb) => given.has(verb) && !given.get(verb)!.negated)
  const verb = ['list', 'fetch', ...WRITING].some((one) => name.has(one) && given.has(one)) ? 0.4 : 0
  const score = byName.strong * 1.2 + byDescription.strong * 0.5 + byDescription.score * 0.3 + verb
  // A tool that changes something is called for its verb, never for its topic alone.
  return { tool, score: writes && !asked ? 0 : score, writes }
}

function meaningOf(tool: Tool): Meaning {
  return readMeaning(`${nameWords(tool.name).join(' ')}. ${tool.description ?? ''}`)
}
