import type { LanguageModelV4FunctionTool } from '@ai-sdk/provider'
import { canonicalJson } from '../../../lib/canonical-json.ts'
import { compareMeaning, type Meaning, readMeaning } from './compare-meaning.ts'
import { type Filled, fillSchema } from './fill-schema.ts'
import { isTranslation } from './fill-translation.ts'
import { readNow, withoutNow } from './parse-dates.ts'
import { type Conversation, spokenInput } from './read-conversation.ts'
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
    const tool = bestTool(part, tools, wanted.fromUser, conversation.instructions)
    if (!tool || called.has(tool.name)) continue
    // The words to be translated may themselves be of several parts.
    const translates = isTranslation(Object.keys((tool.inputSchema as JsonSchema).properties ?? {}))
    return prepareCall(conversation, tool, translates ? wanted.text : part, forced)
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
      const reads = meaning.has('list') || meaning.has('fetch')
      return meaning.has(about) && reads && writingVerbs(tool).length === 0
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
  const best = far.missing.length < near.missing.length ? far : near
  const filled = best.missing.length === 1 ? fillFromReply(conversation, schema, best) : best
  if (filled.missing.length > 0 && !forced) return { kind: 'ask', tool, missing: filled.missing }
  const input = filled.value ?? {}
  const repeated = conversation.toolUses.some((use) => use.name === tool.name && sameInput(use.input, input))
  return repeated ? undefined : { kind: 'call', tool: tool.name, input }
}

/** A short answer to a question for one thing is that thing, with nothing around it to know it by. */
function fillFromReply(conversation: Conversation, schema: JsonSchema, filled: Filled): Filled {
  const { reply } = conversation
  const name = filled.missing[0]!.path
  if (reply === undefined || reply.length > 200 || schema.properties?.[name]?.format !== undefined)
    return filled
  const source = slotSource(conversation, undefined)
  const answered = reply.trim().replace(/[.!]$/, '')
  return fillSchema(schema, { ...source, facts: [{ [name]: answered }, ...source.facts] }, false)
}

function sameInput(left: unknown, right: unknown): boolean {
  try {
    return canonicalJson(left ?? {}) === canonicalJson(right ?? {})
  } catch {
    return false
  }
}

/** Slots stand in the beginning of what is said; the rest of a very long text is not searched. */
const MAX_TEXT = 8000
/** More parts than this nobody asks for in one request. */
const MAX_PARTS = 8

/** Where slots are taken from: one part of the request, or all that the user said; data by name in any case. */
export function slotSource(conversation: Conversation, part: string | undefined): SlotSource {
  const said = withoutLabels(conversation.requests.join('\n'))
  const spoken = spokenInput(conversation)
  const texts = conversation.data.flatMap(({ value }) =>
    typeof value === 'string' && value !== spoken ? [value] : [],
  )
  if (spoken !== undefined) texts.push(spoken)
  const text = part ?? (said.trim() === '' || texts.length > 0 ? [said, ...texts].join('\n') : said)
  const now = [conversation.instructions, said, ...conversation.data.map((block) => block.text)]
    .map(readNow)
    .find((found) => found !== undefined)
  return {
    text: withoutNow(text.slice(0, MAX_TEXT)),
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

type Wanted = { text: string; fromUser: boolean }

/**
 * The newest request. Where the user sent only data, a message inside it, and where there is none, what the agent was
 * told to do with such data.
 */
function askedFor(conversation: Conversation): Wanted {
  // What was asked back belongs to the request that led to the question.
  const turns = conversation.reply === undefined ? 1 : 2
  const request = withoutLabels(conversation.requests.slice(-turns).join('\n'))
  if (request !== '') return { text: request, fromUser: true }
  return { text: spokenInput(conversation) ?? conversation.instructions, fromUser: false }
}

const LABEL =
  /^\s*(?:(?:the |current |your )?(?:input|data|context|task|payload|request|message)|work on this|in short|here (?:is|are)\b.*|what the run did so far.*|conversation so far|.{0,40}\bas (?:records|json))\s*:?\s*$/i

/** A request without the lines that only name the data behind them. */
function withoutLabels(request: string): string {
  return request
    .split('\n')
    .filter((line) => !LABEL.test(line))
    .join('\n')
    .trim()
}

function splitParts(text: string): string[] {
  const parts = text
    .slice(0, MAX_TEXT)
    .split(
      /[.;\n]\s+|(?<!\s)(?:\s*,)?\s+(?:and then|then|and also|after that|afterwards|e depois|depois|em seguida|and|e)\s+(?=\p{L}{2,})/iu,
    )
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .slice(0, MAX_PARTS)
  return parts.length > 1 ? [...parts, text] : [text]
}

function bestTool(part: string, tools: Tool[], fromUser: boolean, instructions: string): Tool | undefined {
  const [best] = rankTools(part, tools)
  const named = tools.find(({ name }) => part.toLowerCase().includes(name.toLowerCase()) && name.length > 3)
  const tool = named ?? (best && best.score >= LEAST_SCORE ? best.tool : undefined)
  if (!tool || fromUser) return tool
  // Text inside data may ask to read. To change something it takes the user, or an operator who told the agent to.
  const verbs = writingVerbs(tool)
  const told = readMeaning(instructions)
  return verbs.every((verb) => told.has(verb) && !told.get(verb)!.declined) ? tool : undefined
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

type Ranked = { tool: Tool; score: number }

function writingVerbs(tool: Tool): string[] {
  const name = readMeaning(nameWords(tool.name).join(' '))
  return WRITING.filter((verb) => name.has(verb))
}

function rankTools(part: string, tools: Tool[]): Ranked[] {
  const given = readMeaning(part)
  return tools.map((tool) => rankTool(tool, given)).sort((left, right) => right.score - left.score)
}

function rankTool(tool: Tool, given: Meaning): Ranked {
  const name = readMeaning(nameWords(tool.name).join(' '))
  const byName = compareMeaning(name, given)
  const byDescription = compareMeaning(readMeaning(tool.description ?? ''), given)
  const verbs = writingVerbs(tool)
  const asked = verbs.some((verb) => given.has(verb) && !given.get(verb)!.declined)
  const verb = ['list', 'fetch', ...WRITING].some((one) => name.has(one) && given.has(one)) ? 0.4 : 0
  const score = byName.strong * 1.2 + byDescription.strong * 0.5 + byDescription.score * 0.3 + verb
  // A tool that changes something is called for its verb, never for its topic alone.
  return { tool, score: verbs.length > 0 && !asked ? 0 : score }
}

function meaningOf(tool: Tool): Meaning {
  return readMeaning(`${nameWords(tool.name).join(' ')}. ${tool.description ?? ''}`)
}
