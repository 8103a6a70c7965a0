import { compilePattern } from '../../tools/handlers/match-pattern.ts'
import { fillIdentifier, isIdentifierName } from './fill-identifier.ts'
import { findDates, findTimes } from './parse-dates.ts'
import { findNumbers } from './parse-numbers.ts'
import { type JsonSchema, nameWords } from './read-schema.ts'
import { findLabelled, type SlotSource } from './slot-source.ts'

const EMAIL = /[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,5}/g
const URL_PATTERN = /https?:\/\/[^\s"'<>)\]]+/g
const UUID = /\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi
const PHONE = /(?<![\w@.-])\+?\d[\d ().-]{6,17}\d(?!\w)/g
const ADDRESS_0X = /\b0x[0-9a-fA-F]{40}\b/g
const CAPITALS = String.raw`\p{Lu}[\p{L}'’.-]{1,40}(?:\s+(?:(?:de|da|do|dos|das|del|la|von|van|of)\s+)?\p{Lu}[\p{L}'’-]{1,40}){0,3}`

const FREE_TEXT =
  /^(query|question|text|prompt|message|body|content|description|input|instruction|instructions|note|notes|reason|comment|comments|details|q|search|term|terms|keywords|request|summary|problem|complaint|pergunta|texto|mensagem|descricao|motivo|pesquisa|sentence|phrase|document)$/
const TITLE = /^(title|subject|headline|titulo|assunto)$/

/** The text a conversation gives to a slot that takes a string. */
export function fillString(
  name: string,
  schema: JsonSchema,
  source: SlotSource,
  alone: boolean,
): string | undefined {
  const value = readString(name, schema, source, alone)
  return value !== undefined && fitsString(value, schema) ? value : undefined
}

function readString(
  name: string,
  schema: JsonSchema,
  source: SlotSource,
  alone: boolean,
): string | undefined {
  const words = nameWords(name)
  const has = (...wanted: string[]) => wanted.some((word) => words.includes(word))
  const { text } = source
  const format = schema.format
  if (format === 'email' || has('email', 'mail')) return pick(text.match(EMAIL), name)
  if (format === 'uri' || format === 'url' || has('url', 'link', 'website'))
    return pick(text.match(URL_PATTERN), name)
  if (format === 'uuid' || has('uuid')) return text.match(UUID)?.[0]
  if (has('wallet') || (has('address') && ADDRESS_0X.test(text)))
    return text.match(new RegExp(ADDRESS_0X.source))?.[0]
  if (format === 'date' || format === 'date-time' || isDateName(words)) return fillDate(name, format, source)
  if (format === 'time' || (has('time', 'hora', 'hour') && !has('zone'))) return findTimes(text)[0]?.time
  if (has('phone', 'tel', 'telephone', 'mobile', 'telefone', 'telemovel', 'celular')) {
    return (findLabelled(text, name)?.match(PHONE) ?? text.match(PHONE))?.[0].trim()
  }
  if (schema.pattern) {
    const fitting = text.split(/[\s,;]+/).filter((token) => token.length <= 100)
    const token = fitting.map((one) => one.replace(/[.!?]$/, '')).find((one) => fitsString(one, schema))
    if (token !== undefined) return token
  }
  if (has('currency', 'moeda')) return findNumbers(text).find(({ currency }) => currency)?.currency
  const labelled = findLabelled(text, name)
  if (isIdentifierName(words)) return fillIdentifier(name, schema, labelled, source)
  if (labelled !== undefined) return labelled
  if (has('expression', 'formula', 'calculation', 'expressao')) return findExpression(text)
  if (has('name', 'nome') && words.length <= 2) return findPersonName(text, words)
  if (
    has(
      'city',
      'location',
      'place',
      'destination',
      'town',
      'country',
      'origin',
      'from',
      'to',
      'cidade',
      'local',
      'destino',
      'origem',
    )
  ) {
    return findPlace(text, words)
  }
  const verbatim = source.verbatim ?? text
  if (words.some((word) => TITLE.test(word))) return shortTitle(verbatim)
  if (words.some((word) => FREE_TEXT.test(word))) return freeText(verbatim, words)
  const quoted = findQuoted(verbatim)
  return alone && quoted !== undefined ? quoted : undefined
}

function pick(found: RegExpMatchArray | null, name: string): string | undefined {
  // Sender and recipient: the second address goes to the slot that says so.
  const later = /to|recipient|destinat|para|cc/i.test(name) && (found?.length ?? 0) > 1
  return found?.[later ? 1 : 0]?.replace(/[.,;]$/, '')
}

export function fitsString(value: string, schema: JsonSchema): boolean {
  if (schema.minLength !== undefined && value.length < schema.minLength) return false
  if (schema.maxLength !== undefined && value.length > schema.maxLength) return false
  if (schema.pattern === undefined) return true
  try {
    // The pattern is somebody's schema and the text somebody's message: together they must not be able to hang us.
    return compilePattern(schema.pattern)(value.slice(0, 1000), { left: MAX_PATTERN_WORK })
  } catch {
    return false
  }
}

const MAX_PATTERN_WORK = 200_000

const DATE_NAME =
  /^(date|day|deadline|due|arrival|departure|checkin|checkout|birthday|start|end|until|since|when|data|dia|prazo|chegada|partida|entrada|saida|inicio|fim)$/

function isDateName(words: string[]): boolean {
  const joined = words.join('')
  if (/^check(in|out)/.test(joined)) return true
  return (
    words.some((word) => DATE_NAME.test(word)) &&
    !words.some((word) => /^(time|id|hour|name|place|city)$/.test(word))
  )
}

const LATER = /^(checkout|end|to|until|departure|return|due|fim|saida|partida|ate|volta)$/
const EARLIER = /^(checkin|start|from|since|arrival|begin|inicio|entrada|chegada|desde|ida)$/

/** The date a slot means: the one behind its words, else the first or, for slots of an end, the second. */
function fillDate(name: string, format: string | undefined, source: SlotSource): string | undefined {
  const dates = findDates(source.text, source.language, source.now)
  const words = nameWords(name)
  const parts = [...words, words.join(''), words.slice(0, 2).join('')]
  const later = parts.some((part) => LATER.test(part))
  const earlier = parts.some((part) => EARLIER.test(part))
  const leading = later
    ? /(?:to|until|till|through|-|–|departure|check-?out|leaving|ends?|até|a|ao|ate|saída|return\w*)\s*(?:(?:on|is|:|at|em|dia)\s*)?$/iu
    : undefined
  const beside = leading ? dates.find((date) => leading.test(source.text.slice(0, date.start))) : undefined
  const chosen = beside ?? (later ? dates[earlier ? 0 : dates.length > 1 ? 1 : -1] : dates[0])
  if (!chosen?.date) return undefined
  return format === 'date-time' ? `${chosen.date}T${chosen.time ?? '00:00'}:00Z` : chosen.date
}

function findQuoted(text: string): string | undefined {
  return /["“«]([^"”»\n]{1,2000})["”»]|(?<!\w)'([^'\n]{2,2000})'(?!\w)/u.exec(text)?.slice(1).find(Boolean)
}

function findPersonName(text: string, words: string[]): string | undefined {
  const lead = String.raw`(?:my name is|name's|i am|i'm|this is|called|chamo-me|me chamo|meu nome (?:é|e)|o meu nome é|sou o|sou a|aqui é o|aqui é a|mr\.?|mrs\.?|ms\.?|dr\.?|sr\.?|sra\.?|senhor|senhora|for|para)`
  const match =
    new RegExp(`(?<![\\p{L}])${lead}\\s+(${CAPITALS})`, 'u').exec(text) ??
    new RegExp(`(?<![\\p{L}])${lead.replace('|for|para', '')}\\s+(${CAPITALS})`, 'iu').exec(text)
  const full = match?.[1]
  if (full === undefined || !/^\p{Lu}/u.test(full)) return undefined
  const parts = full.replace(/[.,]$/, '').split(/\s+/)
  if (words.includes('first')) return parts[0]
  if (words.includes('last') || words.includes('family')) return parts.length > 1 ? parts.at(-1) : undefined
  return parts.join(' ')
}

function findPlace(text: string, words: string[]): string | undefined {
  const origin = words.some((word) => /^(from|origin|origem|departure)$/.test(word))
  const target = words.some((word) => /^(to|destination|destino|arrival)$/.test(word))
  const leads = origin
    ? 'from|leaving|departing|desde|de'
    : target
      ? 'to|into|para|até|a'
      : 'in|at|for|to|near|em|no|na|para|de'
  const capital = new RegExp(`(?<![\\p{L}])(?:${leads})\\s+(?:o\\s+|a\\s+|the\\s+)?(${CAPITALS})`, 'u').exec(
    text,
  )
  if (capital) return capital[1]!.replace(/[.,]$/, '')
  const plain = /(?<![\p{L}])(?:in|at|em|no|na)\s+(\p{L}[\p{L}-]{2,}(?:\s\p{L}{3,})?)(?=[?.!,]|\s*$)/iu.exec(
    text,
  )
  return origin || target ? undefined : plain?.[1]
}

/** A calculation in signs or in words, in signs. */
export function findExpression(text: string): string | undefined {
  const signs = text
    .replace(/\b(?:plus|mais)\b/gi, '+')
    .replace(/\b(?:minus|menos)\b/gi, '-')
    .replace(/\b(?:times|multiplied by|vezes|multiplicado por)\b/gi, '*')
    .replace(/\b(?:divided by|over|a dividir por|dividido por)\b/gi, '/')
    .replace(/(\d)\s*[x×]\s*(?=\d)/gi, '$1*')
    .replace(/(\d+(?:\.\d+)?)\s*%\s*(?:of|de)\s*(?=\d)/gi, '$1/100*')
  const runs = signs.match(/[\d(][\d\s+\-*/^().]{0,200}[\d)]/g) ?? []
  const best = runs
    .filter((run) => /\d\)?\s*[+\-*/^]\s*[\d(]/.test(run))
    .sort((left, right) => right.length - left.length)[0]
  return best?.replace(/\s+/g, ' ').trim()
}

function shortTitle(text: string): string | undefined {
  const quoted = findQuoted(text)
  if (quoted !== undefined) return quoted
  const line = withoutCommand(text)
  const sentence = line
    .split(/(?<=[.!?])\s|\n/)[0]!
    .trim()
    .replace(/[.!]$/, '')
  return sentence === '' ? undefined : sentence.slice(0, 100)
}

function freeText(text: string, words: string[]): string | undefined {
  const whole = text.trim()
  if (whole === '') return undefined
  const asked = words.some((word) =>
    /^(query|question|q|pergunta|instruction|instructions|prompt|request|input)$/.test(word),
  )
  if (asked) return whole
  const told = findQuoted(text) ?? withoutCommand(whole)
  return told === '' ? undefined : told
}

/** What follows a short lead such as "Translate this:". */
function afterColon(text: string): string {
  return /^[^\n:]{3,60}:\s+([\s\S]+)$/.exec(text)?.[1]?.trim() ?? text.trim()
}

/** The wish itself: "please create a new ticket for". */
const COMMAND =
  /^(?:(?:please|hi|hello|hey|ola|olá|por favor|can you|could you|would you|i want to|i would like to|i'd like to|i need to|quero|queria|preciso de|pode|podes|podem)[\s,]+){0,3}(?:create|open|file|log|add|raise|make|submit|register|write|send|post|crie|cria|criar|abra|abre|abrir|registe|registre|registar|registrar|adicione|adiciona|adicionar|escreva|escreve|envie|envia|enviar)\s+(?:(?:me|us|a|an|the|another|one|new|urgent|um|uma|o|novo|nova|outro|outra)\s+){0,3}(?:[\p{L}]+\s+)?(?:tickets?|chamados?|ocorr[êe]ncias?|cases?|issues?|requests?|tasks?|tarefas?|notes?|notas?|comments?|coment[áa]rios?|messages?|mensage(?:m|ns)|emails?|reminders?|lembretes?|orders?|pedidos?)(?:[\s,]+(?:please|now|for me|por favor|agora))*[\s.!?]*(?=$|\s)/iu
const ABOUT =
  /^(?:for|about|saying(?: that)?|that|because|regarding|on|sobre|para|de que|que diz(?: que)?|porque|a dizer(?: que)?|dizendo(?: que)?)\s+/iu

/** What is left of a request when the wish for a ticket or a note is taken off; nothing where it said no more. */
function withoutCommand(text: string): string {
  const told = afterColon(text)
  if (told !== text.trim()) return told
  const command = COMMAND.exec(told)
  return command ? told.slice(command[0].length).trim().replace(ABOUT, '') : told
}
