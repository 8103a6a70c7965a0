import type { LanguageModelV4CallOptions } from '@ai-sdk/provider'
import { TASK_TITLES } from '../tasks.ts'
import type { Route } from './choose-route.ts'
import type { Conversation } from './read-conversation.ts'
import { type JsonSchema, nameWords, readShape } from './read-schema.ts'

export type Job =
  | { kind: 'triage' }
  | { kind: 'condition'; condition: string }
  | { kind: 'route'; routes: Route[]; noneAllowed: boolean }
  | { kind: 'fill' }
  | { kind: 'summary' }
  | { kind: 'reply' }
  | { kind: 'chat' }

const TRIAGE =
  /\btriag|\bprioriti[sz]e\b|\bprioriza|\b(priorit|prioridade|urgency|severity)[\s\S]{0,60}\b(ticket|request|message|issue|email|case|chamado|pedido|mensage|each)|\b(ticket|request|issue|case|chamado|pedido)s?[\s\S]{0,60}\b(priorit|prioridade|urgency|severity)/i
const SUMMARY = /\bsummar|\brecap\b|\btl;?dr\b|\bresum[oie]|\bsintetiz|\bsíntese|\bcondense|\bdigest\b/i
const REPLY =
  /\b(draft|write|compose|prepare|send|give)\b[\s\S]{0,40}\b(reply|response|answer|acknowledg)|\b(reply|respond|answer)\b[\s\S]{0,20}\b(to the|customer|guest|client|user|politely|each|ticket)|\b(responde|responda|escreve|escreva|redige|redija)\b[\s\S]{0,40}\b(resposta|cliente|hóspede|mensagem)/i

/** Which job a conversation sets: by the title of a task, else by the form of the answer, else by ordinary words. */
export function recogniseJob(
  conversation: Conversation,
  format: LanguageModelV4CallOptions['responseFormat'],
): Job {
  const { instructions, requests } = conversation
  const title = instructions.split('\n', 1)[0]!.trim()
  const said = [instructions, ...requests].join('\n')
  const schema = format?.type === 'json' ? (format.schema as JsonSchema | undefined) : undefined
  const condition = readCondition(said)
  const routes = readRoutes(conversation, schema)
  if (title === TASK_TITLES.condition && condition !== undefined) return { kind: 'condition', condition }
  if (title === TASK_TITLES.route && routes) return { kind: 'route', ...routes }
  if (title === TASK_TITLES.triage) return { kind: 'triage' }
  if (title === TASK_TITLES.fill) return { kind: 'fill' }
  if (title === TASK_TITLES.summary) return { kind: 'summary' }
  if (condition !== undefined && hasBoolean(schema)) return { kind: 'condition', condition }
  if (routes) return { kind: 'route', ...routes }
  if (TRIAGE.test(said)) return { kind: 'triage' }
  if (SUMMARY.test(said)) return { kind: 'summary' }
  if (schema) return { kind: 'fill' }
  return REPLY.test(said) && conversation.data.length > 0 ? { kind: 'reply' } : { kind: 'chat' }
}

function readCondition(said: string): string | undefined {
  const match = /(?:^|\n)[ \t]*(?:condition|condição|condicao)[ \t]*:[ \t]*(.{1,2000})/i.exec(said)
  return match ? unquote(match[1]!.trim()) : undefined
}

function unquote(text: string): string {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'string' ? value : text
  } catch {
    return text.replace(/^["'“](.*)["'”]$/, '$1')
  }
}

function hasBoolean(schema: JsonSchema | undefined): boolean {
  if (!schema) return false
  const shape = readShape(schema, schema)
  return Object.values(shape.schema.properties ?? {}).some(
    (property) => readShape(property, schema).kind === 'boolean',
  )
}

const ROUTE_SLOT =
  /^(route|routes|edge|path|branch|next|target|choice|option|selected|chosen|decision|rota|result|node)$/

/** A slot of the answer that takes one of several ids, when the prompt lists those ids with what they are for. */
function readRoutes(
  conversation: Conversation,
  schema: JsonSchema | undefined,
): { routes: Route[]; noneAllowed: boolean } | undefined {
  if (!schema) return undefined
  const slot = findRouteSlot(schema)
  if (!slot) return undefined
  const said = [conversation.instructions, ...conversation.requests].join('\n')
  const told = new Map([...readListed(said), ...readRouteData(conversation)])
  const ids = slot.ids.filter((id): id is string => typeof id === 'string')
  const listed = ids.filter((id) => told.has(id)).length
  if (listed === 0 && !ROUTE_SLOT.test(slot.word)) return undefined
  return {
    routes: ids.map((id) => ({ id, condition: told.get(id) ?? '' })),
    noneAllowed: slot.nullable,
  }
}

export function findRouteSlot(
  schema: JsonSchema,
): { name: string; word: string; ids: unknown[]; nullable: boolean } | undefined {
  const root = readShape(schema, schema)
  const slots = Object.entries(root.schema.properties ?? {}).flatMap(([name, property]) => {
    const shape = readShape(property, schema)
    const word = nameWords(name).find((one) => ROUTE_SLOT.test(one)) ?? nameWords(name).at(-1) ?? ''
    return shape.schema.enum ? [{ name, word, ids: shape.schema.enum, nullable: shape.nullable }] : []
  })
  return slots.find(({ word }) => ROUTE_SLOT.test(word)) ?? (slots.length === 1 ? slots[0] : undefined)
}

/** Lines such as `- "refunds": customer wants money back` or `1. refunds - customer wants money back`. */
function readListed(said: string): Map<string, string> {
  const lines = said.matchAll(
    /^[ \t]*(?:[-*•]|\d+[.)])[ \t]*(?:"([^"\n]+)"|`([^`\n]+)`|([\w./-]+))[ \t]*(?::|-|–|—|=>|→)[ \t]*(.*)$/gm,
  )
  return new Map([...lines].map((match) => [(match[1] ?? match[2] ?? match[3])!, unquote(match[4]!.trim())]))
}

function readRouteData(conversation: Conversation): Map<string, string> {
  const told = new Map<string, string>()
  for (const { value } of conversation.data) {
    const routes = Array.isArray(value) ? value : (value as { routes?: unknown })?.routes
    if (!Array.isArray(routes)) continue
    for (const route of routes as Record<string, unknown>[]) {
      const condition = route?.condition ?? route?.description ?? route?.when
      if (typeof route?.id === 'string' && typeof condition === 'string') told.set(route.id, condition)
    }
  }
  return told
}
