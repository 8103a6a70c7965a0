import type { Expr, Statement } from 'pgsql-ast-parser'
import { ToolError } from '../tools/tool-handler.ts'
import { CATALOGUE, columnNamed } from './catalogue.ts'
import { parseQuestion } from './parse-question.ts'
import { readPieces } from './read-pieces.ts'
import { foldText } from './split-words.ts'
import { binary, ref, text } from './sql-nodes.ts'

const EXAMPLES = [
  'set priority of ticket T-1 to high',
  'assign ticket T-2 to maria',
  'close ticket T-3',
  'add a comment to ticket T-1: plumber called',
  'create an urgent ticket in VV-LISBON, room 12: Window does not close',
  'altere o status do chamado T-1 para resolvido',
]

const TICKET = '(?:the |o |a )?(?:ticket|chamado|ocorrencia) (?<id>t-\\d+)'
/** What is done by a verb alone, and the status that comes of it. */
const VERBS: Record<string, string> = {
  close: 'closed',
  resolve: 'resolved',
  solve: 'resolved',
  reopen: 'open',
  start: 'in_progress',
  'start work on': 'in_progress',
  feche: 'closed',
  fechar: 'closed',
  encerre: 'closed',
  encerrar: 'closed',
  resolva: 'resolved',
  resolver: 'resolved',
  reabra: 'open',
  reabrir: 'open',
  inicie: 'in_progress',
  iniciar: 'in_progress',
}
const PATTERNS = {
  verb: [`(?<verb>${Object.keys(VERBS).join('|')}) ${TICKET}`],
  set: [
    `(?:set|change|update) (?:the )?(?<field>.+?) (?:of|for|on|in) ${TICKET} to (?<value>.+)`,
    `(?:defina|definir|altere|alterar|mude|mudar|atualize|atualizar) (?:a |o )?(?<field>.+?) d[oa] ${TICKET} (?:para|como) (?<value>.+)`,
  ],
  setAfter: [`(?:set|change|update) ${TICKET}(?:'s)? (?<field>.+?) to (?<value>.+)`],
  mark: [`mark ${TICKET} as (?<value>.+)`, `(?:marque|marcar) ${TICKET} como (?<value>.+)`],
  clear: [
    `(?:clear|remove) (?:the )?(?<field>.+?) (?:of|from|on) ${TICKET}`,
    `(?:limpe|limpar|remova|remover) (?:a |o )?(?<field>.+?) d[oa] ${TICKET}`,
  ],
  assign: [
    `(?:assign|reassign) ${TICKET} to (?<value>.+)`,
    `(?:atribua|atribuir|reatribua) ${TICKET} (?:a|ao|para) (?<value>.+)`,
  ],
  unassign: [`unassign ${TICKET}`],
  comment: [
    `(?:add|write|post) (?:a )?(?:comment|note) (?:to|on) ${TICKET} ?: ?(?<value>.+)`,
    `comment on ${TICKET} ?: ?(?<value>.+)`,
    `(?:adicione|adicionar|acrescente|escreva) (?:um )?comentario (?:a|ao|no|na) ${TICKET} ?: ?(?<value>.+)`,
    `(?:comente|comentar) (?:no|na) ${TICKET} ?: ?(?<value>.+)`,
  ],
  create: [
    `(?:create|open|file|add) (?:a |an )?(?:new )?(?<detail>(?:[a-z-]+ )?ticket[^:"]*?) ?: ?(?<subject>.+)`,
    `(?:create|open|file|add) (?:a |an )?(?:new )?(?<detail>(?:[a-z-]+ )?ticket) "(?<subject>[^"]+)"(?<more>[^"]*)`,
    `(?:crie|criar|abra|abrir|registre) (?:um |uma )?(?:novo |nova )?(?<detail>(?:chamado|ocorrencia)[^:"]*?) ?: ?(?<subject>.+)`,
    `(?:crie|criar|abra|abrir|registre) (?:um |uma )?(?:novo |nova )?(?<detail>chamado|ocorrencia) "(?<subject>[^"]+)"(?<more>[^"]*)`,
  ],
} as const

type Kind = keyof typeof PATTERNS
type Match = { kind: Kind; verb: string; id: string; part(name: string): string }

/**
 * Turns an instruction in English or Portuguese into one INSERT or UPDATE, by rules alone.
 *
 * @throws ToolError instruction_not_understood with what was expected.
 */
export function readInstruction(instruction: string, now: Date): Statement {
  const match = matchInstruction(instruction)
  if (!match) return refuse('the instruction has none of the known forms')
  const { kind, id } = match
  switch (kind) {
    case 'verb':
      return updateTicket(id, 'status', text(VERBS[match.verb]!))
    case 'set':
    case 'setAfter': {
      const column = readField(match.part('field'))
      return updateTicket(id, column, readValue(column, match.part('value')))
    }
    case 'mark':
      return markTicket(id, match.part('value'))
    case 'clear': {
      const column = readField(match.part('field'))
      if (!columnNamed(CATALOGUE.tickets, column)!.nullable) return refuse(`${column} cannot be empty`)
      return updateTicket(id, column, { type: 'null' })
    }
    case 'assign':
      return updateTicket(id, 'assignee', readValue('assignee', match.part('value')))
    case 'unassign':
      return updateTicket(id, 'assignee', { type: 'null' })
    case 'comment':
      return insertInto('ticket_comments', { ticket_id: id, body: unquote(match.part('value')) })
    case 'create':
      return createTicket(match, now)
  }
}

function matchInstruction(instruction: string): Match | undefined {
  const words = instruction.normalize('NFC').trim().replaceAll(/\s+/g, ' ')
  for (const [kind, patterns] of Object.entries(PATTERNS)) {
    // What is written into a comment or a new ticket keeps its full stop.
    const plain = kind === 'comment' || kind === 'create' ? words : words.replace(/(?<![.!])[.!]+$/, '')
    const folded = foldLetters(plain)
    for (const pattern of patterns) {
      const found = new RegExp(`^(?:please |por favor,? )?${pattern}$`, 'd').exec(folded)
      if (!found) continue
      const { groups = {} } = found
      const typed = (span: [number, number] | undefined) => (span ? plain.slice(...span).trim() : '')
      return {
        kind: kind as Kind,
        verb: groups.verb ?? '',
        id: groups.id?.toUpperCase() ?? '',
        part: (name) => typed(found.indices!.groups?.[name]),
      }
    }
  }
  return undefined
}

/** Folded letter by letter, so that what is found stands at the same place in the words as they were typed. */
const foldLetters = (plain: string) =>
  [...plain].map((letter) => (foldText(letter).length === letter.length ? foldText(letter) : letter)).join('')

function readField(words: string): string {
  const folded = foldText(words)
  const { columns, writable } = CATALOGUE.tickets
  const known = writable!.update.filter((name) => columns[name]!.words.includes(folded))
  return (
    known[0] ??
    refuse(`"${words}" is no field of a ticket that can be set; these are: ${writable!.update.join(', ')}`)
  )
}

const NOTHING = ['nobody', 'no one', 'none', 'nothing', 'empty', 'ninguem', 'nenhum', 'nenhuma', 'nada']
/** "assign ticket T-2 to maria and close it" would otherwise name a person "maria and close it". */
const JOINED = /[,;]| (and|then|but|or|if|e|ou|mas|se|depois) /
/** Whom these words mean, an instruction does not say. */
const UNCLEAR = ['me', 'myself', 'him', 'her', 'them', 'us', 'mim', 'eu', 'ele', 'ela', 'someone', 'alguem']

function readValue(column: string, words: string): Expr {
  const value = unquote(words)
  const folded = foldText(value)
  const { kind, values, nullable } = columnNamed(CATALOGUE.tickets, column)!
  if (value === words && NOTHING.includes(folded) && nullable) return { type: 'null' }
  if (kind !== 'choice') {
    if (value === words && UNCLEAR.includes(folded)) return refuse(`who is "${words}"? Give a name`)
    if (value === words && JOINED.test(folded))
      return refuse(`is "${words}" one value, or a second instruction? Put the value in quotes`)
    return text(value)
  }
  const chosen = choiceOf(values!, folded)
  return chosen
    ? text(chosen)
    : refuse(`"${words}" is no ${column}; these are: ${Object.keys(values!).join(', ')}`)
}

const choiceOf = (values: Record<string, string[]>, folded: string) =>
  Object.keys(values).find((value) => value === folded || values[value]!.includes(folded))

/** "mark ticket T-1 as urgent" sets whichever choice has that value. */
function markTicket(id: string, words: string): Statement {
  const folded = foldText(unquote(words))
  for (const [column, { kind, values }] of Object.entries(CATALOGUE.tickets.columns)) {
    const chosen = kind === 'choice' ? choiceOf(values!, folded) : undefined
    if (chosen) return updateTicket(id, column, text(chosen))
  }
  return refuse(`a ticket cannot be marked as "${words}": name a status or a priority`)
}

/** "an urgent ticket in VV-LISBON, room 12" is read like the conditions of a question. */
function createTicket({ part }: Match, now: Date): Statement {
  const draft = parseQuestion(readPieces(`${part('detail')} ${part('more')}`), now)
  const fields: Record<string, string> = { subject: unquote(part('subject')) }
  const { writable } = CATALOGUE.tickets
  if (draft.unplaced.length > 0)
    refuse(
      `these words could not be placed: ${draft.unplaced.map(({ words }) => `"${words.map((word) => word.text).join(' ')}"`).join(', ')}`,
    )
  for (const { columns, test, negated } of draft.conditions) {
    const [column] = columns.filter(({ table }) => table === 'tickets').map((name) => name.column)
    const single = test.is === 'one of' && test.values.length === 1 && !negated ? test.values[0] : undefined
    if (single === undefined || !column || !writable!.insert.includes(column) || column in fields)
      return refuse('a new ticket takes one value for each of its fields')
    fields[column] = single
  }
  const extras = [draft.fields, draft.orders, draft.groups].some((list) => list.length > 0)
  if (extras || draft.measure || draft.mentions.length !== 1) return refuse('one ticket is created at a time')
  return insertInto('tickets', fields)
}

/** Words without the quotes around all of them, of whichever kind. */
const unquote = (words: string) =>
  /^(?:"([^"]+)"|“([^“”]+)”|«([^«»]+)»|'((?:[^']|(?<=\p{L})'(?=\p{L}))+)'|‘([^‘]+)’)$/u
    .exec(words)
    ?.slice(1)
    .find((found) => found !== undefined)
    ?.trim() ?? words

const updateTicket = (id: string, column: string, value: Expr): Statement => ({
  type: 'update',
  table: { name: 'tickets' },
  sets: [{ column: { name: column }, value }],
  where: binary(ref({ table: 'tickets', column: 'id' }), '=', text(id)),
})

const insertInto = (table: string, fields: Record<string, string>): Statement => ({
  type: 'insert',
  into: { name: table },
  columns: Object.keys(fields).map((name) => ({ name })),
  insert: { type: 'values', values: [Object.values(fields).map((value) => text(value))] },
})

function refuse(reason: string): never {
  const examples = EXAMPLES.map((example) => `"${example}"`).join(', ')
  throw new ToolError(
    'instruction_not_understood',
    `${reason}. Say for example: ${examples}; or give sql with one INSERT or UPDATE`,
  )
}
