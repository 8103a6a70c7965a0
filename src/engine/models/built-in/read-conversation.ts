import type { LanguageModelV4Prompt, LanguageModelV4ToolResultOutput } from '@ai-sdk/provider'
import { asksForMissing } from './speak.ts'

/** A piece of data in a conversation: what stood in a fence, between tags, as JSON in the text, or came from a tool. */
export type DataBlock = { name: string; value: unknown; text: string }

export type ToolUse = { id: string; name: string; input: unknown }
export type ToolOutcome = { id: string; name: string; value: unknown; failed: boolean }

/**
 * A conversation sorted by trust: instructions and requests are what the operator and the user say; data is what is
 * talked about, and never tells the model what to do.
 */
export type Conversation = {
  instructions: string
  /** What the user said, without data, oldest first. */
  requests: string[]
  /** All data, oldest first; results of tools are among them. */
  data: DataBlock[]
  toolUses: ToolUse[]
  toolOutcomes: ToolOutcome[]
  endsWithTool: boolean
  /** The user's answer, when the model's last words were a question for what is missing. */
  reply: string | undefined
  /** Everything as text, for the estimate of tokens. */
  length: number
}

export function readConversation(prompt: LanguageModelV4Prompt): Conversation {
  const conversation: Conversation = {
    instructions: '',
    requests: [],
    data: [],
    toolUses: [],
    toolOutcomes: [],
    endsWithTool: prompt.at(-1)?.role === 'tool',
    reply: undefined,
    length: JSON.stringify(prompt).length,
  }
  let asked = false
  for (const message of prompt) {
    if (message.role === 'system') {
      const { text, data } = separateData(message.content)
      conversation.instructions += `${conversation.instructions && '\n'}${text}`
      conversation.data.push(...data)
      continue
    }
    if (message.role === 'user') {
      const said = message.content.map((part) => (part.type === 'text' ? part.text : '')).join('\n')
      const { text, data } = separateData(said)
      if (text !== '') conversation.requests.push(text)
      conversation.reply = asked ? text : undefined
      conversation.data.push(...data)
      continue
    }
    for (const part of message.content) {
      asked = part.type === 'text' && asksForMissing(part.text)
      if (part.type === 'tool-call') {
        conversation.toolUses.push({ id: part.toolCallId, name: part.toolName, input: part.input })
      }
      if (part.type === 'tool-result') readOutcome(conversation, part)
    }
  }
  conversation.data = withoutBackground(conversation.data)
  return conversation
}

/** Where an input is named, the work is on that; what the run did before is there to understand it by. */
function withoutBackground(data: DataBlock[]): DataBlock[] {
  if (!data.some(({ name }) => name === 'input')) return data
  return data.filter(({ name }) => name !== 'context' && name !== 'summary')
}

function readOutcome(
  conversation: Conversation,
  part: { toolCallId: string; toolName: string; output: LanguageModelV4ToolResultOutput },
): void {
  const value = outputValue(part.output)
  const failed = ['error-text', 'error-json', 'execution-denied'].includes(part.output.type) || isError(value)
  conversation.toolOutcomes.push({ id: part.toolCallId, name: part.toolName, value, failed })
  if (!failed) {
    const text = typeof value === 'string' ? value : JSON.stringify(value)
    conversation.data.push({ name: part.toolName, value, text })
  }
}

/** A result that only tells what went wrong. */
function isError(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || !('error' in value) || !value.error) return false
  return Object.keys(value).every((key) => /^(error|error_type|code|status|message|retryable)$/.test(key))
}

const SPOKEN = [
  'message',
  'question',
  'request',
  'prompt',
  'query',
  'task',
  'command',
  'text',
  'mensagem',
  'pergunta',
  'pedido',
]

/** What somebody says in an input that is data by its form: the text itself, or its member that holds a message. */
export function spokenInput({ data }: Conversation): string | undefined {
  const input = data.findLast(({ name }) => /^input$/i.test(name))?.value
  if (typeof input === 'string') return input
  if (typeof input !== 'object' || input === null) return undefined
  const members = input as Record<string, unknown>
  const key = SPOKEN.find((name) => typeof members[name] === 'string' && members[name] !== '')
  return key === undefined ? undefined : (members[key] as string)
}

function outputValue(output: LanguageModelV4ToolResultOutput): unknown {
  switch (output.type) {
    case 'json':
    case 'error-json':
      return output.value
    case 'text':
    case 'error-text':
      return parseJson(output.value) ?? output.value
    case 'execution-denied':
      return output.reason ?? 'denied'
    case 'content': {
      const text = output.value.map((part) => (part.type === 'text' ? part.text : '')).join('\n')
      return parseJson(text) ?? text
    }
  }
}

function parseJson(text: string): unknown {
  const trimmed = text.trim()
  if (!/^[[{"]/.test(trimmed)) return undefined
  try {
    return JSON.parse(trimmed)
  } catch {
    return undefined
  }
}

const FENCE = /```[a-z]*[ \t]*\n?([\s\S]*?)(?:```|$)/gi
/** An opening tag at the start of a line. Without its end the rest of the text is data: a cut must not free what it held. */
const TAGGED = /(?:^|\n)[ \t]*<([a-zA-Z][\w-]*)((?:\s+[\w-]+="[^"\n]*")*)\s*>([\s\S]*?)(?:<\/\1>|$)/g

/** Parts data from what is said around it. */
export function separateData(source: string): { text: string; data: DataBlock[] } {
  const found: { at: number; block: DataBlock }[] = []
  const take = (at: number, name: string, body: string) => {
    const text = body.trim()
    if (text !== '') found.push({ at, block: { name, value: parseJson(text) ?? text, text } })
    return '\n'
  }
  let text = source.replace(TAGGED, (_all, tag: string, attributes: string, body: string, at: number) => {
    const name = /\sname="([^"]*)"/.exec(attributes)?.[1] ?? tag
    return take(at, name, body)
  })
  text = text.replace(FENCE, (_all, body: string, at: number) => take(at, '', body))
  text = takeInlineJson(text, (at, body) => take(at, labelBefore(text, at), body))
  const data = found.sort((left, right) => left.at - right.at).map(({ block }) => block)
  return { text: text.replace(/\n{2,}/g, '\n').trim(), data }
}

/** The name a line gives to the JSON behind it: `Input: {...}`. */
function labelBefore(text: string, at: number): string {
  return /([A-Za-z][\w ]{0,40}):\s*$/.exec(text.slice(Math.max(0, at - 60), at))?.[1]?.trim() ?? ''
}

/** How often a bracket is tried as the start of JSON: a text of brackets alone must not take forever. */
const MAX_TRIES = 40

function takeInlineJson(source: string, take: (at: number, body: string) => string): string {
  let rest = source
  let from = 0
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const start = rest.slice(from).search(/[{[]/)
    if (start < 0) break
    const at = from + start
    const end = findClosing(rest, at)
    const body = end < 0 ? '' : rest.slice(at, end)
    if (end >= 0 && isContainer(body)) {
      const replacement = take(at, body)
      rest = rest.slice(0, at) + replacement + rest.slice(end)
      from = at + replacement.length
    } else from = at + 1
  }
  return rest
}

function isContainer(body: string): boolean {
  const value = parseJson(body)
  return typeof value === 'object' && value !== null && Object.keys(value).length > 0
}

/** Where the bracket at `start` is closed, strings respected; -1 when it is not. */
function findClosing(text: string, start: number): number {
  let depth = 0
  let quoted = false
  for (let index = start; index < text.length; index++) {
    const character = text[index]
    if (quoted) {
      if (character === '\\') index++
      else if (character === '"') quoted = false
    } else if (character === '"') quoted = true
    else if (character === '{' || character === '[') depth++
    else if ((character === '}' || character === ']') && --depth === 0) return index + 1
  }
  return -1
}
