import type { IntentType, UnplacedReason } from './schema.ts'
import { TROUBLE } from './trouble.ts'

const words = (text: string) => new Set(text.split(' '))

type Verb = { action: Exclude<IntentType, 'query'>; buys?: true; language?: 'portuguese' }

const verbs = (text: string, verb: Verb) => text.split(' ').map((word) => [word, verb] as const)

/** The words that name an action. `buys`: what follows is what comes in. */
export const VERBS: ReadonlyMap<string, Verb> = new Map<string, Verb>([
  ...verbs('swap trade exchange convert sell turn', { action: 'swap' }),
  ...verbs('buy purchase', { action: 'swap', buys: true }),
  ...verbs('send transfer pay move', { action: 'transfer' }),
  ...verbs('approve allow', { action: 'approve' }),
  ...verbs('revoke', { action: 'revoke' }),
  ...verbs('wrap', { action: 'wrap' }),
  ...verbs('unwrap', { action: 'unwrap' }),
  ...verbs('trocar troque troca converter converta vender venda vende', {
    action: 'swap',
    language: 'portuguese',
  }),
  ...verbs('comprar compre compra', { action: 'swap', buys: true, language: 'portuguese' }),
  ...verbs('enviar envie envia transferir transfira pagar pague mandar mande', {
    action: 'transfer',
    language: 'portuguese',
  }),
  ...verbs('aprovar aprove autorizar autorize', { action: 'approve', language: 'portuguese' }),
  ...verbs('revogar revogue revoga', { action: 'revoke', language: 'portuguese' }),
  ...verbs('envolver envolva embrulhar embrulhe', { action: 'wrap', language: 'portuguese' }),
  ...verbs('desembrulhar desembrulhe', { action: 'unwrap', language: 'portuguese' }),
])

/** What may stand before the verb without a meaning of its own. */
export const OPENERS = [
  'can you',
  'could you',
  'would you',
  'can i',
  'i need to',
  'i have to',
  'i want to',
  'i want you to',
  'i just want to',
  'i wanna',
  'i want a',
  'i need a',
  'do a',
  'make a',
  'i would like to',
  "i'd like to",
  'i’d like to',
  "let's",
  'let’s',
  'lets',
  'help me',
  'hi there',
  'hello there',
  'hey there',
  'hi',
  'hello',
  'hey',
  'gm',
  'good morning',
  'good afternoon',
  'good evening',
  'oi',
  'bom dia',
  'boa tarde',
  'boa noite',
  'olá',
  'ola',
  'eu quero',
  'quero',
  'eu gostaria de',
  'gostaria de',
  'eu preciso',
  'você pode',
  'voce pode',
  'pode',
].map((opener) => opener.split(' '))

/** What leaves the amount out where it would stand: it is asked for, like one that was not said at all. */
export const SOME = [
  'some',
  'a few',
  'a bit of',
  'a little',
  'alguns',
  'algumas',
  'um pouco de',
  'uns',
  'umas',
].map((said) => said.split(' '))

/** Courtesy, which may stand anywhere. Nothing here can change what is meant. */
export const COURTESY = [
  ...[
    'please and thank you',
    'thank you very much',
    'thank you',
    'thanks a lot',
    'many thanks',
    'please',
    'pls',
    'plz',
    'kindly',
  ],
  ...['thanks', 'thx', 'tks', 'ty', 'cheers', 'ok', 'okay'],
  ...['at the best price', 'at best price', 'at the market price', 'at market price', 'ao melhor preço'],
  ...['right now', 'right away', 'immediately', 'asap', 'now'],
  ...['por favor', 'muito obrigado', 'muito obrigada', 'obrigado', 'obrigada', 'valeu', 'agora'],
].map((courtesy) => courtesy.split(' '))

/** Pictures that are courtesy, with the colours that a hand comes in. */
export const FRIENDLY = '🙏👍😊🙂😀😄🏻🏼🏽🏾🏿'

/** Where all that an action takes is taken from anyway: the wallet that it is for. */
export const OWN_WALLET = [
  ...['from my wallet', 'from my own wallet', 'from this wallet', 'from my account', 'in my wallet'],
  ...['da minha carteira', 'na minha carteira', 'da minha conta'],
  ...['that i have', 'i have', 'that i own', 'i own', 'que eu tenho', 'que tenho'],
].map((phrase) => phrase.split(' '))

export const POSSESSIVES = words('my the o os meu meus minha minhas')
export const OF = words('of de do da dos das')
export const TO = words('to into para pra pro')
export const SELL_CONNECTORS = words('to into for por para pra pro')
export const BUY_CONNECTORS = words('with using for from paying com por')
export const ROUTER_CONNECTORS = words('on via through using at na pelo pela')
export const WITH = words('with at com')
export const AND = words('and e')
export const MAXIMUM = words('max maximum maximal máximo')
export const SLIPPAGE = words('slippage slipage slip')
export const DEADLINE = words('deadline prazo')
export const PERCENT = words('percent')
export const BASIS_POINTS = words('bps bp')
export const MULTIPLIER = words('k m thousand million')

export const SHARES: ReadonlyMap<string, number> = new Map([
  ...[...words('max maximum all everything tudo todo todos toda')].map((word) => [word, 10_000] as const),
  ...[...words('half metade')].map((word) => [word, 5_000] as const),
  ...[...words('quarter quarto')].map((word) => [word, 2_500] as const),
])

/** Of a slippage these name a bound, as a figure alone does. */
export const AT_MOST = [
  ...[
    'no more than',
    'not more than',
    'at most',
    'up to',
    'a maximum of',
    'a max of',
    'maximum of',
    'max of',
  ],
  ...['no máximo', 'no maximo', 'até'],
].map((phrase) => phrase.split(' '))

/** Said of an amount, these leave it without a bound. */
export const BOUNDLESS = words('unlimited infinite ilimitado')

const seconds = (text: string, each: number) => text.split(' ').map((word) => [word, each] as const)
export const TIME_UNITS: ReadonlyMap<string, number> = new Map([
  ...seconds('s sec secs second seconds segundo segundos', 1),
  ...seconds('m min mins minute minutes minuto minutos', 60),
  ...seconds('h hr hrs hour hours hora horas', 3600),
])

/** Names people use for a coin, where a registry has it. */
export const TOKEN_ALIASES: ReadonlyMap<string, string> = new Map([
  ['ether', 'ETH'],
  ['ethers', 'ETH'],
])

export const CHAIN_NAMES: ReadonlyMap<string, number> = new Map([
  ['ethereum', 1],
  ['mainnet', 1],
  ['ethereum mainnet', 1],
  ['polygon', 137],
  ['base', 8453],
  ['sepolia', 11155111],
  ['base sepolia', 84532],
  ['devnet', 31337],
  ['anvil', 31337],
  ['localhost', 31337],
])

export const troubleOf = (word: string): UnplacedReason | undefined =>
  VERBS.has(word) ? 'second_action' : TROUBLE.get(word)

/** Words of the grammar, which are never the name of a token, a router or a person. */
const GRAMMAR = [
  POSSESSIVES,
  OF,
  TO,
  SELL_CONNECTORS,
  BUY_CONNECTORS,
  ROUTER_CONNECTORS,
  WITH,
  AND,
  MAXIMUM,
  SLIPPAGE,
  DEADLINE,
  PERCENT,
  BASIS_POINTS,
  BOUNDLESS,
  new Set(SHARES.keys()),
  new Set(COURTESY.flatMap((courtesy) => (courtesy.length === 1 ? courtesy : []))),
  words('exactly within recipient tolerance'),
]
export const isGrammar = (word: string) =>
  troubleOf(word) !== undefined || GRAMMAR.some((set) => set.has(word))
