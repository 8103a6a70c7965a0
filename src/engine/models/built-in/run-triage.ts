import { compareMeaning, readMeaning } from './compare-meaning.ts'
import { chooseRank, isFallback, rankOf } from './fill-choice.ts'
import { fillSchema } from './fill-schema.ts'
import { findNamedTickets, findTickets, hasEmptyTicketList, readTicket } from './find-tickets.ts'
import type { DataBlock } from './read-conversation.ts'
import { type JsonSchema, nameWords, readShape, type Shape } from './read-schema.ts'
import { detectLanguage } from './read-text.ts'
import { type Action, PRIORITIES, type Priority, triageText } from './triage-ticket.ts'

export type TriagedTicket = {
  id: unknown
  subject: string
  status: string
  priority: Priority
  action: Action
  reason: string
}
export type TriageResult = { summary: string; tickets: TriagedTicket[] }

type Rated = TriagedTicket & { text: string; sure: boolean }

/** Triages the newest list called tickets in the data, else the newest thing that is a ticket; undefined without any. */
export function triageData(data: DataBlock[]): Rated[] | undefined {
  const newest = data.map(({ value }) => value).reverse()
  const lists = newest.map((value) => findNamedTickets(value)).find((list) => list.length > 0)
  const tickets = lists ?? newest.map((value) => findTickets(value)).find((list) => list.length > 0)
  if (tickets) return tickets.map((ticket, index) => rate(ticket, index))
  if (newest.some((value) => hasEmptyTicketList(value))) return []
  const spoken = newest.find((value) => typeof value === 'string' && value.trim() !== '')
  return typeof spoken === 'string' ? [rateSpoken(spoken)] : undefined
}

/** Triages what a request itself tells, when it tells of a trouble and does not only ask for the job. */
export function triageRequest(request: string): Rated[] | undefined {
  const told = afterLead(request)
  return told === '' ? undefined : [rateSpoken(told)]
}

function rateSpoken(told: string): Rated {
  return rate({ subject: told.trim().split(/(?<=[.!?])\s|\n/)[0]!, body: told }, 0)
}

/** The trouble itself in "Triage this ticket: the lift is stuck"; empty when a request only asks for the job. */
function afterLead(text: string): string {
  const after =
    /^[^:\n]{0,80}\b(?:triage|prioriti[sz]e|classify|ticket|pedido|chamado|triagem|request|message)\b[^:\n]{0,60}:\s*([\s\S]+)$/i.exec(
      text,
    )?.[1]
  if (after !== undefined) return after.trim()
  return triageText(text).signals.some((name) => name !== 'question' && name !== 'thanks') ? text.trim() : ''
}

function rate(ticket: Record<string, unknown>, index: number): Rated {
  const { id, subject, status, text } = readTicket(ticket, index)
  const base = { id, subject, status, text }
  const { priority, action, reason, signals } = triageText(text)
  const sure = signals.length > 0
  if (
    /^(closed|resolved|done|solved|fechado|resolvido|concluido|concluído|cancelled|canceled)$/i.test(status)
  ) {
    return { ...base, priority: 'low', action: 'close', reason: `Its status is "${status}".`, sure: true }
  }
  // Where the words tell nothing, what it was filed under may raise it, and never lowers it.
  const filed = typeof ticket.priority === 'string' ? rankOf(ticket.priority) : undefined
  if (!sure && filed && PRIORITIES.indexOf(filed) > PRIORITIES.indexOf(priority)) {
    return { ...base, priority: filed, action, reason: `${reason} Filed as ${filed}.`, sure }
  }
  return { ...base, priority, action, reason, sure }
}

export function summariseTriage(rated: Rated[]): TriageResult {
  const tickets = rated.map(({ text: _text, sure: _sure, ...ticket }) => ticket)
  return { summary: `${tickets.length} tickets triaged`, tickets }
}

/** The result in the form a schema asks for: lists of tickets, one ticket, other names for ranks and actions. */
export function fitTriage(schema: JsonSchema, rated: Rated[]): unknown {
  const root = readShape(schema, schema)
  const { summary } = summariseTriage(rated)
  if (root.kind === 'array')
    return rated.map((one) => fitTicket(readShape(root.schema.items, schema), one, schema))
  const fitted: Record<string, unknown> = {}
  const first = rated[0]
  for (const [name, property] of Object.entries(root.schema.properties ?? {})) {
    const shape = readShape(property, schema)
    const item = shape.kind === 'array' ? readShape(shape.schema.items, schema) : undefined
    if (item?.kind === 'object') fitted[name] = rated.map((one) => fitTicket(item, one, schema))
    else if (/^(summary|overview|resumo|message)$/.test(name)) fitted[name] = summary
    else if (/^(count|total|number)/.test(name) && /integer|number/.test(shape.kind))
      fitted[name] = rated.length
    else if (first) {
      const value = fitMember(name, shape, first, schema)
      if (value !== undefined) fitted[name] = value
      else if (shape.nullable) fitted[name] = null
    }
  }
  return fitted
}

function fitTicket(shape: Shape, rated: Rated, root: JsonSchema): unknown {
  if (shape.kind !== 'object') return shape.kind === 'string' ? String(rated.id) : rated.id
  const fitted: Record<string, unknown> = {}
  for (const [name, property] of Object.entries(shape.schema.properties ?? {})) {
    const member = readShape(property, root)
    const value = fitMember(name, member, rated, root)
    if (value !== undefined) fitted[name] = value
    else if (member.nullable) fitted[name] = null
  }
  return fitted
}

function fitMember(name: string, shape: Shape, rated: Rated, root: JsonSchema): unknown {
  const words = nameWords(name)
  const named = (...wanted: string[]) => wanted.some((word) => words.includes(word))
  const choices = shape.schema.enum?.filter((choice) => choice !== null)
  if (named('priority', 'urgency', 'severity', 'level', 'prioridade')) {
    return choices ? chooseRank(rated.priority, choices) : rated.priority
  }
  if (named('action', 'step', 'recommendation', 'acao', 'handling')) {
    return choices ? chooseActionFor(rated, choices) : rated.action
  }
  if (named('reason', 'reasoning', 'rationale', 'explanation', 'why', 'motivo', 'justification'))
    return rated.reason
  if (named('confidence', 'certainty') && shape.kind === 'number') return rated.sure ? 0.9 : 0.3
  if (named('id', 'key', 'reference') || name === 'ticket')
    return shape.kind === 'string' ? String(rated.id) : rated.id
  if (named('subject', 'title', 'assunto')) return rated.subject
  if (named('status', 'state')) return rated.status
  if (named('escalate', 'escalated', 'human') && shape.kind === 'boolean')
    return rated.action === 'escalate_to_human'
  const source = { text: rated.text, language: detectLanguage(rated.text), now: undefined, facts: [] }
  const one = { ...root, type: 'object', properties: { [name]: shape.schema }, required: [name] }
  const { value } = fillSchema(one, source, true)
  return (value as Record<string, unknown>)[name]
}

const ACTION_WORDS: Record<Action, string> = {
  escalate_to_human: 'escalate human manager urgent emergency call person dispatch',
  assign_to_maintenance: 'maintenance repair technician facilities engineering fix',
  assign_to_technical_support: 'technical support software engineering it bug',
  assign_to_billing: 'billing payment invoice refund finance accounting',
  assign_to_service: 'housekeeping cleaning room service front desk concierge',
  schedule: 'schedule booking reservation appointment plan',
  auto_reply: 'reply respond answer email automatic message faq',
  request_information: 'question clarify information details',
  close: 'close resolve ignore archive spam none',
}

/** The nearest of other people's names for actions. */
function chooseActionFor({ action }: Rated, choices: unknown[]): unknown {
  if (choices.includes(action)) return action
  const wanted = readMeaning(ACTION_WORDS[action])
  const scored = choices
    .map((choice) => {
      const words = nameWords(String(choice))
      const shared = words.filter((word) => ACTION_WORDS[action].split(' ').includes(word)).length
      return { choice, score: shared * 2 + compareMeaning(readMeaning(words.join(' ')), wanted).strong }
    })
    .sort((left, right) => right.score - left.score)
  return scored[0]!.score > 0 ? scored[0]!.choice : (choices.find(isFallback) ?? choices[0])
}
