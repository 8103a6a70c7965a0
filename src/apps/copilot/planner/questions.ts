import { nameOddLetters, plainLetters } from './look-alike.ts'
import type { Names } from './names.ts'
import type { Unplaced } from './reader.ts'
import { type NeedsInput, type SlotName, UnplacedReason } from './schema.ts'
import { splitTokens } from './split-tokens.ts'
import { VERBS } from './vocabulary.ts'

/** One thing to ask, and the slot that an answer would fill. */
export type Question = { slot: SlotName; question: string }

const SHOWN = 80
const EXAMPLE = '“swap 50 USDC to ETH”'

/** The user's words in quotation marks, not longer than a line. */
export const quote = (text: string): string => {
  const letters = [...text.replaceAll(/\s+/g, ' ').trim()]
  return `“${letters.length > SHOWN ? `${letters.slice(0, SHOWN).join('')}…` : letters.join('')}”`
}

const WHAT_TO_DO = `What would you like to do? I can swap, send, approve, revoke, wrap and unwrap tokens, and show balances and allowances. For example: ${EXAMPLE}.`

const WHY: Record<UnplacedReason, (said: string) => string> = {
  instruction: (said) =>
    `${said} is nothing that I do: a sentence here only names an action. Which action do you want, in plain words?`,
  negation: (said) =>
    `I cannot tell what ${said} rules out. Say only what should happen, for example ${EXAMPLE}.`,
  condition: (said) =>
    `I prepare an action now and cannot wait for a condition: ${said}. Say it without one if it should be prepared now.`,
  schedule: (said) =>
    `I prepare an action once and now, and cannot plan it for later: ${said}. Say it without that if it should be prepared now.`,
  second_action: (said) =>
    `I prepare one action at a time, and ${said} looks like another. Which one first? Say just that one.`,
  quote: (said) =>
    `I do not take quoted text as your word: ${said}. Say in your own words, without quotation marks, what to do.`,
  approximate: (said) => `${said} leaves the amount open. Say the action again with one exact amount.`,
  choice: (said) => `${said} leaves open what to do. Say the one action that you want.`,
  said_twice: (said) => `${said} says something a second time. Say the action again with each part once.`,
  unknown_word: (said) =>
    `I could not place ${said}. What do you mean by it? Say the action again in other words, for example ${EXAMPLE}.`,
}

/** "What did I swap today?", "Did I send anything?", "What was my last swap?". */
const OF_BEFORE =
  /^\W*(?:(?:what|which|when|where|how)\b.*?)?\b(?:(?:did|have) (?:i|we)\b(?! (?:enough|any|the))|(?:was|were) (?:my|our|the) last\b)/i
const BEFORE =
  'I do not sum up what was done before: plans and what became of them stand in the list of runs. Of the last one here ask “what is the status of my swap?”, for example.'

/** One question for all words without a place, about the gravest of them. `sentence` is what they stand in. */
export function askAboutUnplaced(unplaced: Unplaced[], sentence: string): Question {
  const reason = UnplacedReason.options.find((candidate) =>
    unplaced.some((piece) => piece.reason === candidate),
  )!
  if ((reason === 'schedule' || reason === 'unknown_word') && OF_BEFORE.test(sentence))
    return { slot: 'intent', question: BEFORE }
  const pieces = unplaced.filter((piece) => piece.reason === reason)
  const said =
    reason === 'quote'
      ? quote(withoutMarks(sentence.slice(pieces[0]!.start, pieces.at(-1)!.end)) || 'nothing')
      : pieces
          .slice(0, 3)
          .map((piece) => quote(piece.text))
          .join(', ')
  const odd = reason === 'unknown_word' ? describeOddLetters(pieces[0]!.text) : ''
  return { slot: 'intent', question: WHY[reason](said) + odd }
}

const QUOTES = ' "“”„«»‘’‹›`\'「」'

/** What stands between the first quotation mark and the last one. */
function withoutMarks(text: string): string {
  let [start, end] = [0, text.length]
  while (start < end && QUOTES.includes(text[start]!)) start++
  while (end > start && QUOTES.includes(text[end - 1]!)) end--
  return text.slice(start, end)
}

/** No action was named, or one whose name only looks like it. Who asks for a price is told how to learn it. */
export function askWhatToDo(unplaced: Unplaced[], sentence: string, names: Names): Question {
  const said = unplaced.flatMap(({ text }) => text.split(/\s+/))
  const odd = said.find((word) => nameOddLetters(word).length > 0 && VERBS.has(plainLetters(word)))
  if (odd) {
    const question = `${quote(odd)} looks like “${plainLetters(odd)}” and is another word.${describeOddLetters(odd)} ${WHAT_TO_DO}`
    return { slot: 'intent', question }
  }
  const swap = swapForPrice(sentence, names)
  if (!swap) return { slot: 'intent', question: WHAT_TO_DO }
  const question = `I tell what a swap gives by preparing one, and nothing is sent without your approval: say ${quote(swap)}, for example.`
  return { slot: 'intent', question }
}

const PRICE = new Set(
  'price prices worth quote rate get receive cost costs preço preco cotação cotacao vale recebo receberia custa'.split(
    ' ',
  ),
)

/** The swap that would tell what somebody asks the price of: `how much ETH would I get for 50 USDC?` */
function swapForPrice(sentence: string, names: Names): string | undefined {
  const tokens = splitTokens(sentence, names.isUnit)
  const found = tokens.flatMap((token, at) => {
    const named = names.tokenOf(token.lower)
    return named
      ? [{ ...named, amount: tokens[at - 1]?.kind === 'number' ? tokens[at - 1]!.text : null }]
      : []
  })
  const sold = found.find(({ amount }) => amount !== null) ?? found[0]
  const asks =
    tokens.some(({ lower }) => PRICE.has(lower)) || /^\s*(how (much|many)|quanto)\b/i.test(sentence)
  if (!asks || !sold) return undefined
  const bought = [...found, ...Object.values(names.registry.tokens)].find(
    ({ address }) => address !== sold.address,
  )
  return bought && `swap ${sold.amount ?? 1} ${sold.symbol} to ${bought.symbol}`
}

/** A name that the registry does not have; where it only looks like one that it has, the letters that differ. */
export function askAboutName(slot: SlotName, said: string, kind: 'token' | 'router', names: Names): Question {
  const known = kind === 'token' ? Object.keys(names.registry.tokens) : Object.keys(names.registry.routers)
  const plain = plainLetters(said)
  const meant =
    plain === said.toLowerCase()
      ? undefined
      : kind === 'token'
        ? names.tokenOf(plain)?.symbol
        : names.routersOf(plain)[0]?.key
  const options = `${names.registry.name} has ${known.length > 0 ? known.join(', ') : 'none'} here.`
  const wanted = kind === 'token' ? 'Which token do you mean?' : 'Which router do you mean?'
  const odd = describeOddLetters(said)
  if (meant)
    return {
      slot,
      question: `${quote(said)} looks like ${meant} and is another name.${odd} ${wanted} ${options}`,
    }
  return { slot, question: `I do not know the ${kind} ${quote(said)}.${odd} ${wanted} ${options}` }
}

function describeOddLetters(said: string): string {
  const odd = nameOddLetters(said).slice(0, 5)
  return odd.length === 0 ? '' : ` It has the letter ${odd.join(', ')}.`
}

const TOKEN_SLOTS: ReadonlySet<SlotName> = new Set(['token_in', 'token_out', 'asset', 'token'])
const ROUTER_SLOTS: ReadonlySet<SlotName> = new Set(['router_key', 'spender'])

/** Questions and slots side by side, one for each slot, in the order in which they are to be asked. */
export function needInput(questions: Question[], unplaced: Unplaced[], names: Names): NeedsInput {
  const each = questions.filter(({ slot }, at) => questions.findIndex((other) => other.slot === slot) === at)
  const has = (slots: ReadonlySet<SlotName>) => each.some(({ slot }) => slots.has(slot))
  return {
    missing: each.map(({ slot }) => slot),
    questions: each.map(({ question }) => question),
    data: {
      ...(has(TOKEN_SLOTS) && { token_options: Object.keys(names.registry.tokens) }),
      ...(has(ROUTER_SLOTS) && { router_options: Object.keys(names.registry.routers) }),
      ...(has(new Set(['chain_id'])) && { chain_options: [names.registry.chainId] }),
      ...(unplaced.length > 0 && { unplaced }),
    },
  }
}
