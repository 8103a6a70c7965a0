import type { Names } from './names.ts'
import type { Token } from './split-tokens.ts'
import { VERBS } from './vocabulary.ts'

/*
 * Words of everyday speech that the grammar alone takes for nothing. They count only where a model reads the sentence the
 * same way, and all others stay without a place. Nothing may stand here that could turn, bind or count an action.
 */

const said = (text: string, verb: string) => text.split(' ').map((word) => [word, verb] as const)

/** What people say for a verb of the grammar, in the language of that verb, since that tells how figures are read. */
export const EVERYDAY_VERBS: ReadonlyMap<string, string> = new Map([
  ...said('flip dump unload ape switch rotate', 'swap'),
  ...said('grab snag get', 'buy'),
  ...said('shoot toss wire forward give', 'send'),
  ...said('mudar mude muda', 'troque'),
  ...said('passar passe passa', 'mande'),
])

/** Calls and fillers, wherever they stand. */
export const FILLERS = [
  ...['i wish to', 'i’d love to', "i'd love to", 'i would love to', 'i gotta', 'let me', 'real quick'],
  ...['yo', 'mate', 'bro', 'dude', 'buddy', 'pal', 'fam', 'sir', 'um', 'uh', 'so', 'just', 'quickly', 'yeah'],
  ...['mano', 'cara', 'beleza', 'blz', 'rapidinho', 'pfv'],
].map((filler) => filler.split(' '))

/** The tokens as the grammar would have them: without fillers, and with its own verbs. Their text stays. */
export function loosen(tokens: Token[], names: Names): Token[] {
  const loose: Token[] = []
  for (let at = 0; at < tokens.length; ) {
    const filler = FILLERS.find((words) =>
      words.every((word, ahead) => isSaid(tokens[at + ahead], word, names)),
    )
    if (filler) at += filler.length
    else loose.push(inOwnWords(tokens[at++]!, names))
  }
  return aimed(loose)
}

/** A word that names a token, a router or a chain is that name, and no other word. */
const isName = ({ lower }: Token, names: Names) =>
  names.tokenOf(lower) !== undefined ||
  names.routersOf(lower).length > 0 ||
  names.chainOf(lower) !== undefined

const isSaid = (token: Token | undefined, word: string, names: Names): boolean =>
  token?.kind === 'word' && token.lower === word && !isName(token, names)

function inOwnWords(token: Token, names: Names): Token {
  const verb = token.kind === 'word' && !isName(token, names) ? EVERYDAY_VERBS.get(token.lower) : undefined
  return verb ? { ...token, lower: verb } : token
}

/** "Shoot 5 USDC at 0x…": what is sent at an address is sent to it. */
function aimed(tokens: Token[]): Token[] {
  const verb = tokens.map(({ lower }) => VERBS.get(lower)).find((found) => found !== undefined)
  if (verb?.action !== 'transfer') return tokens
  const aims = (at: number) => tokens.slice(at + 1, at + 4).some(({ kind }) => kind === 'address')
  return tokens.map((token, at) =>
    token.kind === 'word' && token.lower === 'at' && aims(at) ? { ...token, lower: 'to' } : token,
  )
}
