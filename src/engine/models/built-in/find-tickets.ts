type JsonObject = Record<string, unknown>

export type TicketSource = { id: unknown; subject: string; status: string; text: string }

const SUBJECT_KEYS = [
  'subject',
  'title',
  'summary',
  'headline',
  'assunto',
  'titulo',
  'título',
  'issue',
  'name',
]
const BODY_KEYS = [
  'description',
  'body',
  'message',
  'content',
  'text',
  'details',
  'detail',
  'comment',
  'comments',
  'notes',
  'note',
  'problem',
  'complaint',
  'request',
  'question',
  'descricao',
  'descrição',
  'mensagem',
  'texto',
  'detalhes',
  'corpo',
]
const TICKET_LISTS = /ticket|issue|request|case|complaint|chamado|pedido|ocorr|incident|inbox|message|email/i
const ID_KEYS = ['id', 'ticket_id', 'ticketId', 'key', 'number', 'reference', 'ref', 'case_id', 'uuid']

/** The tickets in a value: the first list of things that have a subject or a text, else one such thing. */
export function findTickets(value: unknown, depth = 0): JsonObject[] {
  if (depth > 8 || typeof value !== 'object' || value === null) return []
  if (Array.isArray(value)) {
    const tickets = value.filter((item): item is JsonObject => isTicket(item))
    if (tickets.length > 0) return tickets
    for (const item of value) {
      const inner = findTickets(item, depth + 1)
      if (inner.length > 0) return inner
    }
    return []
  }
  // A list that is called tickets goes before any other that might be one.
  const entries = Object.entries(value).sort(
    ([left], [right]) => Number(TICKET_LISTS.test(right)) - Number(TICKET_LISTS.test(left)),
  )
  for (const [key, item] of entries) {
    if (!Array.isArray(item) || BODY_KEYS.includes(key)) continue
    const inner = findTickets(item, depth + 1)
    if (inner.length > 0) return inner
  }
  if (isTicket(value as JsonObject)) return [value as JsonObject]
  for (const [key, item] of entries) {
    if (Array.isArray(item) && BODY_KEYS.includes(key)) continue
    const inner = findTickets(item, depth + 1)
    if (inner.length > 0) return inner
  }
  return []
}

/** A list that is called tickets (or the like) and holds some, however deep it stands. */
export function findNamedTickets(value: unknown, depth = 0): JsonObject[] {
  if (depth > 8 || typeof value !== 'object' || value === null) return []
  const entries = Object.entries(value)
  for (const [key, item] of entries) {
    if (!Array.isArray(item) || !TICKET_LISTS.test(key)) continue
    const tickets = item.filter((one): one is JsonObject => isTicket(one))
    if (tickets.length > 0) return tickets
  }
  for (const [, item] of entries) {
    const inner = findNamedTickets(item, depth + 1)
    if (inner.length > 0) return inner
  }
  return []
}

/** Whether somewhere in the value a list of tickets stands that is empty: then there is nothing to ask for. */
export function hasEmptyTicketList(value: unknown, depth = 0): boolean {
  if (depth > 8 || typeof value !== 'object' || value === null) return false
  return Object.entries(value).some(
    ([key, item]) =>
      (Array.isArray(item) && item.length === 0 && /ticket|chamado/i.test(key)) ||
      hasEmptyTicketList(item, depth + 1),
  )
}

function isTicket(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  const keys = Object.keys(value).filter((key) => typeof (value as JsonObject)[key] === 'string')
  const lower = keys.map((key) => key.toLowerCase())
  return [...SUBJECT_KEYS.filter((key) => key !== 'name'), ...BODY_KEYS].some((key) => lower.includes(key))
}

export function readTicket(ticket: JsonObject, index: number): TicketSource {
  const subject = firstString(ticket, SUBJECT_KEYS)
  const bodies = BODY_KEYS.flatMap((key) => textsOf(ticket[key]))
  const text = [subject, ...bodies].filter((part) => part !== undefined && part !== '').join('.\n')
  const idKey = ID_KEYS.find((key) => ['string', 'number'].includes(typeof ticket[key]))
  return {
    id: idKey === undefined ? String(index + 1) : ticket[idKey],
    subject: subject ?? shorten(bodies[0] ?? ''),
    status: firstString(ticket, ['status', 'state', 'estado']) ?? 'open',
    text,
  }
}

function firstString(ticket: JsonObject, keys: string[]): string | undefined {
  for (const key of keys) {
    const value = ticket[key] ?? ticket[Object.keys(ticket).find((name) => name.toLowerCase() === key) ?? '']
    if (typeof value === 'string' && value.trim() !== '') return value.trim()
  }
  return undefined
}

/** Comments may be strings or things with a text. */
function textsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  if (Array.isArray(value)) return value.flatMap(textsOf)
  if (typeof value === 'object' && value !== null) {
    return BODY_KEYS.flatMap((key) => textsOf((value as JsonObject)[key]))
  }
  return []
}

export function shorten(text: string, length = 80): string {
  const line = text.replace(/\s+/g, ' ').trim()
  return line.length <= length ? line : `${line.slice(0, length - 1).trimEnd()}…`
}
