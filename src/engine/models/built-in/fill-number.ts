import { findNumbers, readDecimal, readNumberWord } from './parse-numbers.ts'
import { type JsonSchema, nameWords } from './read-schema.ts'
import { foldWord } from './read-text.ts'
import { labelsOf, type SlotSource } from './slot-source.ts'

type Spot = { value: number; currency: string | undefined; start: number; end: number }

const MONEY =
  /^(amount|price|total|cost|fee|budget|value|sum|valor|montante|preco|custo|orcamento|salary|deposit|payment|limit|cents|balance)$/
/** Names of money that any price or sum may fill; the others want to be named. */
const ANY_MONEY = /^(amount|price|total|cost|value|sum|valor|montante|preco|custo|cents|payment)$/
const PERCENT = /^(percent|percentage|percentagem|porcentagem|discount|desconto|rate|taxa)$/
const COUNT = /^(quantity|qty|count|units|pieces|copies|quantidade|unidades|copias)$/
const PEOPLE = /^(guests|guest|people|persons|party|pax|hospedes|pessoas|seats|covers|lugares)$/

const isMoneyName = (name: string) => nameWords(name).some((word) => MONEY.test(word))
export const takesAnyMoney = (name: string) => nameWords(name).some((word) => ANY_MONEY.test(word))

/**
 * The number a text gives to a slot: one that the words around it tie to the slot, by its name, its unit, or for money the
 * currency. A number by itself is nobody's, be it the only one. `alone` says that no other slot takes any sum.
 */
export function fillNumber(
  name: string,
  schema: JsonSchema,
  integer: boolean,
  source: SlotSource,
  alone: boolean,
): number | undefined {
  const words = nameWords(name)
  const scale = words.includes('cents') ? 100 : 1
  const fits = (value: number | undefined) => {
    const scaled = value === undefined ? undefined : Math.round(value * scale * 1e6) / 1e6
    return scaled !== undefined && isWithin(scaled, schema, integer) ? scaled : undefined
  }
  const numbers = findNumbers(source.text, source.language)
  const is = (names: RegExp) => words.some((word) => names.test(word))
  const candidates = [
    () => besideLabel(name, source.text, numbers),
    () => (is(PERCENT) ? onlyOne(numbers.filter((number) => isPercent(source.text, number))) : undefined),
    () => (alone && takesAnyMoney(name) ? findMoney(source.text, numbers) : undefined),
    () => (is(COUNT) ? onlyOne(numbers.filter((number) => countsThings(source.text, number))) : undefined),
    () => (is(PEOPLE) ? onlyOne(numbers.filter((number) => countsPeople(source.text, number))) : undefined),
    () => (/^(age|idade)$/.test(words.at(-1) ?? '') ? findAge(source.text) : undefined),
  ]
  for (const candidate of candidates) {
    const value = fits(candidate())
    if (value !== undefined) return value
  }
  return undefined
}

/** Two different numbers that would both fit say that the text does not tell which. */
function onlyOne(numbers: Spot[]): number | undefined {
  return new Set(numbers.map(({ value }) => value)).size === 1 ? numbers[0]!.value : undefined
}

const before = (text: string, { start }: Spot, length = 60) => text.slice(Math.max(0, start - length), start)
const after = (text: string, { end }: Spot, length = 60) => text.slice(end, end + length)

const UNIT =
  /^(?:%|nights?|noites?|days?|dias?|weeks?|semanas?|months?|m[eê]s|meses|years?|anos?|hours?|horas?|minutes?|minutos?|hrs?|min|rooms?|quartos?|guests?|people|persons?|pessoas?|h[óo]spedes?|adults?|adultos?|children|child|crian[çc]as?|percent|kg|km|cm|mm|am|pm|o'clock)$/iu
/** What a number names and does not count: "room 305", "order number 4711", "floor 3". */
const NAMED_BY =
  /(?:^|[^\p{L}])(?:rooms?|quarto|su[ií]te|order|encomenda|pedido|ticket|chamado|invoice|fatura|flight|voo|floor|andar|piso|page|p[áa]gina|apartment|apartamento|house|street|rua|version|vers[ãa]o|step|gate|platform|number|n[úu]mero|no\.?|nº|#|code|c[óo]digo|id|year|ano)\s*(?:number|no\.?|nº|#|is|é|:)?\s*$/iu

const isPercent = (text: string, number: Spot) =>
  /^\s?(?:%|per ?cent|por cento)/iu.test(after(text, number)) && number.currency === undefined
const isNaming = (text: string, number: Spot) => NAMED_BY.test(before(text, number))

/** What may stand between the name of a slot and its number: "is", "of about", ":". */
const LINKS =
  /^[ \t]*(?:(?:number|no\.?|nº|of|is|are|was|were|will be|should be|must be|be|de|do|da|é|são|será|foi|to|at|#|:|=|-|–|up to|até|around|about|approximately|roughly|exactly|only|just|cerca de|por volta de|apenas|para|now|the|an?)[ \t]*){0,4}$/iu
/** The same with what it is the number of: "the budget for the party is". */
const LINKS_OF =
  /^[ \t]+(?:of|for|de|do|da|para)[ \t]+(?:\p{L}+[ \t]+){1,4}(?:is|are|was|é|são|foi|:|=)[ \t]*$/iu

/** `3 guests`, `three adult guests`, `table for two people`, `room 305`, `a budget of 500`. */
function besideLabel(name: string, text: string, numbers: Spot[]): number | undefined {
  const plural = /s$/.test(nameWords(name).at(-1) ?? '')
  const money = isMoneyName(name)
  const percent = nameWords(name).some((word) => PERCENT.test(word))
  for (const label of labelsOf(name)) {
    const pattern = new RegExp(
      `(?<![\\p{L}\\p{N}])${label.replace(/[^\p{L}\p{N}]+/gu, '[-_ ]?')}(?![\\p{L}\\p{N}])`,
      'giu',
    )
    for (const match of text.matchAll(pattern)) {
      const end = match.index + match[0].length
      const marked = /^[ \t]*[:=]/.test(text.slice(end, end + 20))
      const counted = numbers.findLast((number) => number.end <= match.index)
      if (!marked && counted && counts(text, counted, match.index, money)) return counted.value
      const next = numbers.find((number) => number.start >= end)
      // "On day 5" counts no days, "nights: 5" and "5 nights" do.
      const named = next && (marked || !plural || /s$|people|children|pax/iu.test(match[0]))
      if (named && isLinked(text, next, end) && (money || percent || !isPercent(text, next)))
        return next.value
      const vague = /(?<!\p{L})(\p{L}+)[ \t]+$/u.exec(
        text.slice(Math.max(0, match.index - 30), match.index),
      )?.[1]
      const word = vague === undefined || marked ? undefined : readNumberWord(vague)
      if (word !== undefined && !money && !percent) return word
    }
  }
  return undefined
}

function isLinked(text: string, number: Spot, end: number): boolean {
  if (number.start - end > 100) return false
  const between = text.slice(end, number.start)
  return LINKS.test(between) || LINKS_OF.test(between)
}

/** Whether a number counts the label behind it, with at most a word between them that is no unit of its own. */
function counts(text: string, number: Spot, labelStart: number, money: boolean): boolean {
  if (labelStart - number.end > 60 || isNaming(text, number)) return false
  if (number.currency !== undefined && !money) return false
  const between = /^[ \t%-]*(?:(\p{L}+)[ \t]+)?$/u.exec(text.slice(number.end, labelStart))
  return between !== null && !UNIT.test(between[1] ?? '')
}

const OTHER_MONEY =
  /(?:^|[^\p{L}])(?:fee|taxa|deposit|dep[óo]sito|sinal|tip|gorjeta|tax|iva|vat|discount|desconto|shipping|portes|limit|limite|balance|saldo|salary|sal[áa]rio|budget|or[çc]amento)(?:[ \t]+(?:of|is|was|de|é|foi|:|=))?[ \t:=]*$/iu
const PAYS =
  /(?:^|[^\p{L}])(?:pay|pays|paid|paying|transfer|refund|charge|charged|deposit|withdraw|spend|spent|swap|cost|costs|owe|pagar|pague|paga|paguei|transferir|transfira|transfere|cobrar|cobre|reembolsar|reembolse|depositar|gastar|gastei|custa|custou)[ \t]+(?:(?:me|us|him|her|them|about|only|back)[ \t]+)?$/iu
const GOES_ON =
  /^(?:\s*$|\s*[.,;!?\n]|\s+(?:to|for|from|of|by|now|today|on|as|and|back|a|ao|à|para|de|do|da|por|hoje|agora|e)(?!\p{L}))/iu
/** A code of three letters or more behind a number: ETH, USDC. */
const TICKER = /^\s?[A-Z]{3,5}(?![\p{L}\p{N}])/u

/** The sum a text speaks of: the one that is paid, else the only one with a currency. */
function findMoney(text: string, numbers: Spot[]): number | undefined {
  const isMoney = (number: Spot) => number.currency !== undefined || TICKER.test(after(text, number))
  const paid = numbers.filter(
    (number) => PAYS.test(before(text, number)) && (isMoney(number) || GOES_ON.test(after(text, number))),
  )
  if (paid.length > 0) return onlyOne(paid)
  const sums = numbers.filter(isMoney)
  const own = sums.filter(
    (number) =>
      !OTHER_MONEY.test(before(text, number)) &&
      !/^\s+(?:fee|deposit|tip|tax|discount|limit)(?!\p{L})/iu.test(after(text, number)),
  )
  if (own.length > 0) return onlyOne(own)
  return onlyOne(sums)
}

const ORDERS =
  /(?:^|[^\p{L}])(?:order|buy|purchase|take|want|need|like|get|bring|send|add|sell|quero|queria|comprar|compre|levo|preciso|precisamos|mande|manda|traga|tragam|envie|encomendar|adicione)[ \t]+(?:(?:us|me|up|to|of|mais|de|have|another)[ \t]+){0,3}$/iu

/** "Bring us 3 pillows": things ordered by number. */
function countsThings(text: string, number: Spot): boolean {
  const thing = /^[ \t]+(?:(?:more|new|small|large|big|extra|other)[ \t]+)?(\p{L}+)/iu.exec(
    after(text, number),
  )?.[1]
  if (thing === undefined || number.currency !== undefined || UNIT.test(thing)) return false
  return ORDERS.test(before(text, number)) && (/s$/i.test(thing) || number.value === 1)
}

const PARTY =
  /(?:^|[^\p{L}])(?:(?:table|mesa|dinner|jantar|lunch|almo[çc]o|seats?|party|group|grupo)[ \t]+(?:for|of|para|de)|we are|we're|we will be|somos|seremos)[ \t]+$/iu

/** "A table for four", "we are six". */
function countsPeople(text: string, number: Spot): boolean {
  const next = /^[ \t]+(\p{L}+)/u.exec(after(text, number))?.[1] ?? ''
  return PARTY.test(before(text, number)) && !UNIT.test(next) && number.currency === undefined
}

function findAge(text: string): number | undefined {
  const found = /(?<!\p{L})(?:tenho|tem|aged)\s+(\p{N}{1,3}|\p{L}+)(?:\s+anos(?!\s+d)|(?=[\s,.]|$))/iu.exec(
    text,
  )
  if (!found || !/anos|aged/iu.test(found[0])) return undefined
  return /\p{N}/u.test(found[1]!) ? Number(found[1]) : readNumberWord(foldWord(found[1]!))
}

export function isWithin(value: number, schema: JsonSchema, integer: boolean): boolean {
  if (integer && !Number.isInteger(value)) return false
  if (schema.minimum !== undefined && value < schema.minimum) return false
  if (schema.maximum !== undefined && value > schema.maximum) return false
  if (schema.exclusiveMinimum !== undefined && value <= schema.exclusiveMinimum) return false
  if (schema.exclusiveMaximum !== undefined && value >= schema.exclusiveMaximum) return false
  return !schema.enum || schema.enum.includes(value)
}

/** A value of data as a number: 42, "42", "1.250,50 €". */
export function coerceNumber(value: unknown): number | undefined {
  if (typeof value === 'number') return value
  if (typeof value !== 'string' || !/\d/.test(value)) return undefined
  const found = findNumbers(value)
  return found.length === 1 ? found[0]!.value : readDecimal(value.trim())
}
