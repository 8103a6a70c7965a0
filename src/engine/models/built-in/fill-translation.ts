import { nameWords } from './read-schema.ts'
import { detectLanguage, foldWord } from './read-text.ts'
import type { SlotSource } from './slot-source.ts'

type Slot = { name: string; choices: unknown[] | undefined }

const LANGUAGES: Record<string, string[]> = {
  en: ['en', 'english', 'ingles', 'inglesa', 'en-us', 'en-gb'],
  pt: ['pt', 'portuguese', 'portugues', 'portuguesa', 'pt-br', 'pt-pt', 'brazilian'],
  es: ['es', 'spanish', 'espanhol', 'castelhano'],
  fr: ['fr', 'french', 'frances'],
  de: ['de', 'german', 'alemao'],
  it: ['it', 'italian', 'italiano'],
}
/** "de" and "it" are words of every day: codes are taken only for languages whose code is none. */
const NAMES = Object.entries(LANGUAGES).flatMap(([code, names]) =>
  names.filter((name) => name.length > 2 || code === 'en' || code === 'pt'),
)
const NAME = `(${[...NAMES, 'inglês', 'português', 'francês', 'alemão'].sort((left, right) => right.length - left.length).join('|')})(?:\\s+language)?(?![\\p{L}-])`
const INTO = new RegExp(
  `(?<!\\p{L})(?:(?:in)?to|in|para|em|ao|->|→)\\s+(?:the\\s+|o\\s+|a\\s+)?${NAME}`,
  'giu',
)
const FROM = new RegExp(`(?<!\\p{L})(?:from|out of|do|de|desde)\\s+(?:the\\s+|o\\s+)?${NAME}`, 'giu')
const QUOTED = /["“«]([^"”»]{1,8000})["”»]|(?<!\w)'([^'\n]{1,2000})'(?!\w)/u
const VERB =
  "(?:translate|translation of|traduz|traduza|traduzir|traduzam|tradução de|how (?:do|would|can) (?:you|i|we|one) say|how to say|what is|what’s|what's|como se diz|como digo|como dizer|say|diz|diga)"

const TARGET = /^(target|to|into|destination|destino|alvo|para)$/
const SOURCE = /^(source|from|original|origin|origem|de)$/
const LANGUAGE = /^(language|idioma|lang|lingua)$/
const TEXT = /^(text|texto|content|sentence|phrase|message|input|source|q)$/

/** Whether the slots are those of a translation: one of them is the language that words are brought into. */
export function isTranslation(names: string[]): boolean {
  return names.some((name) => isLanguage(name, TARGET))
}

function isLanguage(name: string, role: RegExp): boolean {
  const words = nameWords(name)
  return words.some((word) => LANGUAGE.test(word)) && words.some((word) => role.test(word))
}

/**
 * The slots of a tool that translates, by what a request says of it: which words, from which language, into which. The
 * language of the words is read off them where it is not said; where they go to has to be said. Undefined where the slots
 * are not those of a translation.
 */
export function fillTranslation(slots: Slot[], source: SlotSource): Record<string, unknown> | undefined {
  const find = (role: RegExp) => slots.find(({ name }) => isLanguage(name, role))
  const into = find(TARGET)
  if (!into) return undefined
  const from = find(SOURCE)
  const told = source.verbatim ?? source.text
  const given = (slot: Slot) => findGiven(source.facts, slot.name, told)
  const quoted = QUOTED.exec(told)
  // What is to be translated may speak of languages itself.
  const request = quoted ? told.replace(quoted[0], ' … ') : told.replace(/:\s[\s\S]*$/, ': …')
  const target = chooseLanguage(into.choices, given(into) ?? lastOf(request, INTO))
  const filled: Record<string, unknown> = { [into.name]: target }
  const text = slots.find(({ name }) => name !== from?.name && TEXT.test(nameWords(name).join(' ')))
  const words = (text && given(text)) ?? (quoted?.[1] ?? quoted?.[2] ?? wordsOf(told))?.trim()
  if (text) filled[text.name] = words === '' ? undefined : words
  if (from) filled[from.name] = sourceOf(from.choices, given(from) ?? lastOf(request, FROM), words, target)
  return filled
}

function sourceOf(
  choices: unknown[] | undefined,
  said: string | undefined,
  words: string | undefined,
  target: unknown,
): unknown {
  if (said !== undefined) return chooseLanguage(choices, said)
  const others = choices?.filter((choice) => choice !== target)
  if (target !== undefined && others?.length === 1) return others[0]
  const detected = words === undefined ? undefined : chooseLanguage(choices, detectLanguage(words))
  return detected === target ? undefined : detected
}

/** What data says of a slot by its very name; not the request itself, where that is data. */
function findGiven(facts: unknown[], name: string, request: string): string | undefined {
  const values = facts.map((fact) =>
    typeof fact === 'object' && fact !== null ? (fact as Record<string, unknown>)[name] : undefined,
  )
  return values.find(
    (value): value is string => typeof value === 'string' && value !== '' && value !== request,
  )
}

function lastOf(text: string, pattern: RegExp): string | undefined {
  return [...text.matchAll(pattern)].at(-1)?.[1]
}

/** The choice that stands for a language by its name or code; without choices, its code. */
function chooseLanguage(choices: unknown[] | undefined, said: string | undefined): unknown {
  if (said === undefined) return undefined
  const word = foldWord(said)
  const names = Object.values(LANGUAGES).find((all) => all.some((one) => foldWord(one) === word))
  if (!names) return undefined
  if (!choices) return names[0]
  return choices.find((choice) => names.some((one) => foldWord(one) === foldWord(String(choice))))
}

/** The words behind a colon, or between the verb and the languages. */
function wordsOf(told: string): string | undefined {
  const behind = /^[^:]{3,80}:\s+([\s\S]+)$/.exec(told.trim())?.[1]
  if (behind !== undefined) return behind
  const bare = told.replace(INTO, ' ').replace(FROM, ' ')
  const match = new RegExp(`(?<!\\p{L})${VERB}(?!\\p{L})([\\s\\S]*)$`, 'iu').exec(bare)
  const rest = (match?.[1] ?? '')
    .trim()
    .replace(
      /^(?:(?:this|these|the following|isto|isso|o seguinte)(?: (?:text|sentence|phrase|words|texto|frase))?|(?:the|o|a) (?:text|sentence|phrase|word|texto|frase|palavra))(?!\p{L})\s*/iu,
      '',
    )
    .replace(/(?:[\s,]+(?:please|for me|por favor))+\s*[?.!]*$/iu, '')
    .replace(/\s*[?]+$/, '')
  return rest === '' ? undefined : rest
}
