import { type JsonSchema, nameWords } from './read-schema.ts'
import { foldWord } from './read-text.ts'
import { labelsOf, type SlotSource } from './slot-source.ts'

/** A token with a digit in it, as identifiers have: T-1, ORD-2291, AB12CD, #77. */
const IDENTIFIER = /(?<![\w@./€$£])#?[A-Za-z]{0,8}[-_]?\d[\w-]*(?![\w@]|[.,:]\d)/g
const IDENTIFIER_NAME =
  /^(id|ids|code|reference|ref|key|sku|iban|isbn|vat|nif|serial|hash|codigo|referencia)$/

/** Whether a slot takes what names a thing: a code, a number of an order, a room. */
export function isIdentifierName(words: string[]): boolean {
  const last = words.at(-1) ?? ''
  return (
    IDENTIFIER_NAME.test(last) ||
    (last === 'number' && words.length > 1) ||
    /^(room|ticket|order|invoice|quarto|encomenda|pedido|fatura)$/.test(words.join(' '))
  )
}

/** What may be an identifier: it holds a digit, or it is capitals joined by a hyphen as in VV-LISBON. */
const SHAPED = /^#?(?:[A-Za-z]{0,8}[-_]?\d[\w/-]*|[A-Z]{2,8}(?:[-_][A-Z0-9]{2,}){1,3})$/
/** "3rd", "2nights", "10kg": a number with what it counts. */
const COUNTED = /^\d+(?:st|nd|rd|th|am|pm|h|min|kg|g|km|cm|mm|ml|x|%|k)$/i

/** The identifier a text gives to a slot, by the word before it or by its form. */
export function fillIdentifier(
  name: string,
  schema: JsonSchema,
  labelled: string | undefined,
  source: SlotSource,
): string | undefined {
  const words = nameWords(name)
  const { text } = source
  const token = (found: string | undefined) => found?.match(IDENTIFIER)?.[0]?.replace(/^#/, '')
  const full = new RegExp(
    `(?<![\\p{L}\\p{N}])${words.join('[-_ ]?')}\\s*[:=]\\s*["']?([\\w-]+(?:/\\w+)*)`,
    'iu',
  ).exec(text)
  if (full) return full[1]
  if (labelled !== undefined && SHAPED.test(labelled)) return labelled.replace(/^#/, '')
  // "The ticket is 3 days old" names no ticket.
  if (labelled !== undefined && labelled.split(/\s+/).length === 1 && token(labelled)) return token(labelled)
  for (const label of labelsOf(name).filter(
    (one) => one === words.join(' ') || !IDENTIFIER_NAME.test(foldWord(one)),
  )) {
    const pattern = `(?<![\\p{L}\\p{N}])${label.replace(/[^\p{L}\p{N}]+/gu, '[-_ ]?')}s?\\s*(?:(?:number|no\\.?|nº|num|id|code|ref(?:erence)?|is|é|#|:|n\\.º)\\s*){0,3}(#?[\\w-]+(?:/\\w+)*)(?![\\w@]|[.,:]\\d)`
    for (const match of text.matchAll(new RegExp(pattern, 'giu'))) {
      if (SHAPED.test(match[1]!) && !COUNTED.test(match[1]!)) return match[1]!.replace(/^#/, '')
    }
  }
  const alone = text.trim().replace(/[.!]$/, '')
  if (SHAPED.test(alone) && !COUNTED.test(alone)) return alone.replace(/^#/, '')
  return findLoose(name, schema, text)
}

/** An identifier that no word names: it must look like those of the slot, or be the only one there and nobody else's. */
function findLoose(name: string, schema: JsonSchema, text: string): string | undefined {
  const tokens = [...text.matchAll(/(?<![\w@./€$£#-])#?[A-Za-z]{1,8}(?:[-_]\w+|\d[\w-]*)(?![\w@-]|[.,:]\d)/g)]
    .filter(({ 0: token }) => SHAPED.test(token) && !COUNTED.test(token))
    .filter(({ index }) => !isOthers(name, text.slice(Math.max(0, index - 40), index)))
    .map(({ 0: token, index }) => ({
      token: token.replace(/^#/, ''),
      lead: text.slice(Math.max(0, index - 10), index),
    }))
  const example = schema.description?.match(IDENTIFIER_EXAMPLE)?.[0]
  const alike = example === undefined ? [] : tokens.filter(({ token }) => shapeOf(token) === shapeOf(example))
  const chosen = new Set(alike.filter(({ lead }) => LEADS.test(lead)).map(({ token }) => token))
  if (chosen.size === 1) return [...chosen][0]
  const last = nameWords(name).at(-1) ?? ''
  const others = new Set(tokens.filter(({ token }) => /\d/.test(token)).map(({ token }) => token))
  return example === undefined && IDENTIFIER_NAME.test(last) && others.size === 1 ? [...others][0] : undefined
}

const IDENTIFIER_EXAMPLE = /(?<![\w-])[A-Z]{1,8}[-_][A-Z0-9]+(?![\w-])/
/** What leads to a place or an owner, as a hotel is. */
const LEADS = /(?:^|[^\p{L}])(?:in|at|of|for|from|em|de|do|da|no|na)\s+$/iu

const shapeOf = (token: string) => token.replace(/[A-Za-z]+/g, 'a').replace(/\d+/g, '9')

/** Whether the word before names another slot: in "order A-77" no ticket is named. */
function isOthers(name: string, lead: string): boolean {
  const word = /(\p{L}+)\s*(?:number|no\.?|nº|id|code|ref|is|é|#|:)?\s*$/iu.exec(lead)?.[1]
  if (word === undefined || !NAMES_THINGS.test(foldWord(word))) return false
  return !labelsOf(name).some((label) =>
    nameWords(label).some((one) => one === foldWord(word) || `${one}s` === foldWord(word)),
  )
}

const NAMES_THINGS =
  /^(rooms?|quartos?|suite|orders?|encomendas?|pedidos?|tickets?|chamados?|ocorrencias?|invoices?|faturas?|flights?|voos?|bookings?|reservations?|reservas?|hotels?|hoteis|customers?|clientes?|products?|produtos?|cases?|tables?|mesas?|floors?|accounts?|contas?|version|iban|plate|vehicle)$/
