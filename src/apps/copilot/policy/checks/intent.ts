import type { PlannedAction } from '../../schema.ts'
import { decimalText, nativeOf, percentText } from '../amounts.ts'
import type { CheckDefinition } from '../check-definition.ts'
import { broken, fail, type Outcome, pass, quoted } from '../outcome.ts'
import {
  findRouter,
  findToken,
  includesAddress,
  type Review,
  type ReviewedCall,
  type ReviewedRequest,
  sameAddress,
  swapInput,
} from '../review.ts'
import { expectedOut } from '../simulated-changes.ts'

type Swap = Extract<PlannedAction, { kind: 'SWAP' }>

/** What the bytes do is what was asked for, and nothing comes on top. */
const intentConformance = (review: Review): Outcome => {
  const plan = review.artifacts.tx_plan
  if (!plan) return broken('There is no plan to compare the transactions with.')
  const { action, requests } = review
  if (!action) {
    return fail(`A plan does one thing at a time; this one has ${plan.actions.length} actions.`, {
      actions: plan.actions.length,
    })
  }
  const main = requests.filter((each) => !isPreparation(review, action, each))
  const differences = [
    ...(main.length === 1 ? [] : [`${main.length} transactions where one was asked for`]),
    ...main.flatMap((each) => differencesFrom(review, action, each)),
  ]
  if (differences.length === 0) return pass('The transactions do what was asked for and nothing else.')
  return fail(`The transactions differ from what was asked for: ${differences.join('; ')}.`, { differences })
}

/** What may come before: an allowance for the very swap, or one set to zero before it is set anew. */
function isPreparation(
  { registry, requests }: Review,
  action: PlannedAction,
  { call, request }: ReviewedRequest,
) {
  if (call.type !== 'approve') return false
  if (action.kind === 'SWAP') {
    const token = findToken(registry, action.tokenIn)
    const router = findRouter(registry, action.routerKey)
    return Boolean(
      token &&
        router &&
        !token.isNative &&
        sameAddress(call.to, token.address) &&
        sameAddress(call.spender, router.address),
    )
  }
  const resets = action.kind === 'APPROVE' && call.amount === 0n && BigInt(action.amountBaseUnits) > 0n
  return resets && requests.at(-1)?.request !== request && sameAddress(call.spender, action.spender)
}

function differencesFrom(review: Review, action: PlannedAction, each: ReviewedRequest): string[] {
  const { request, call, value } = each
  const { registry } = review
  const native = nativeOf(registry)
  const other = [`${request.txRequestId} is another kind of call`]
  const amount = 'amountBaseUnits' in action ? BigInt(action.amountBaseUnits) : 0n
  const token = 'token' in action ? findToken(registry, action.token) : null
  const isToken = (address: string) =>
    token !== null && !token.isNative && sameAddress(token.address, address)
  switch (action.kind) {
    case 'TRANSFER': {
      if (call.type === 'empty' && token?.isNative) {
        return differing([request.to, action.recipient, 'recipient'], [value, amount, 'amount'])
      }
      if (call.type !== 'transfer' || !isToken(call.to)) return other
      return differing([call.recipient, action.recipient, 'recipient'], [call.amount, amount, 'amount'])
    }
    case 'APPROVE':
    case 'REVOKE':
      if (call.type !== 'approve' || !isToken(call.to)) return other
      return differing([call.spender, action.spender, 'spender'], [call.amount, amount, 'amount'])
    case 'WRAP':
      if (call.type !== 'deposit' || !native || !sameAddress(call.to, native.address)) return other
      return differing([value, amount, 'amount'])
    case 'UNWRAP':
      if (call.type !== 'withdraw' || !native || !sameAddress(call.to, native.address)) return other
      return differing([call.amount, amount, 'amount'])
    case 'SWAP':
      return call.type === 'swap' ? differencesOfSwap(review, action, { ...each, call }) : other
  }
}

function differencesOfSwap(review: Review, action: Swap, swap: ReviewedCall<'swap'>): string[] {
  const { registry, wallet } = review
  const { request, call, value } = swap
  const [tokenIn, tokenOut] = [findToken(registry, action.tokenIn), findToken(registry, action.tokenOut)]
  const router = findRouter(registry, action.routerKey)
  const exactAmount = action.exact === 'in' ? swapInput(call, value) : call.amountOut
  return [
    ...differing(
      [call.path[0], tokenIn?.address, 'token that goes'],
      [call.nativeIn, tokenIn?.isNative, 'kind of coin that goes'],
      [call.path.at(-1), tokenOut?.address, 'token that comes'],
      [call.nativeOut, tokenOut?.isNative, 'kind of coin that comes'],
      [request.to, router?.address, 'router'],
      [call.exact, action.exact, 'side that is exact'],
      [exactAmount, BigInt(action.amountBaseUnits), 'amount'],
      [call.recipient, action.recipient ?? wallet, 'recipient'],
    ),
    ...boundBeyondSlippage(review, action, swap),
  ]
}

/** The bound in the bytes may be stricter than the slippage that was asked for, never looser. One unit is rounding. */
function boundBeyondSlippage(review: Review, action: Swap, swap: ReviewedCall<'swap'>): string[] {
  const { quote } = review.artifacts
  if (action.slippageBps === undefined || !quote) return []
  const slippage = BigInt(action.slippageBps)
  const asked = percentText(action.slippageBps)
  if (action.exact === 'in') {
    const least = (expectedOut(review, swap, quote) * (10_000n - slippage)) / 10_000n
    return swap.call.amountOut + 1n < least ? [`less may come out than a slippage of ${asked} allows`] : []
  }
  const most = (BigInt(quote.amountIn) * (10_000n + slippage)) / 10_000n
  return swapInput(swap.call, swap.value) > most + 1n
    ? [`more may go than a slippage of ${asked} allows`]
    : []
}

function differing(...pairs: [found: unknown, asked: unknown, what: string][]): string[] {
  return pairs
    .filter(([found, asked]) => String(found).toLowerCase() !== String(asked).toLowerCase())
    .map(([found, asked, what]) => `the ${what} is ${found} and not ${asked}`)
}

/** Amounts and recipients come from the person, never from a tool's or a model's text. */
const textProvenance = (review: Review): Outcome => {
  const { action, userTexts, addressBook } = review
  if (!action) return broken('There is no single action whose words could be looked for.')
  const isSaid = (text: string) => userTexts.some((each) => standsIn(each, text))
  const untraced = Object.entries(action.sources)
    .filter(([slot]) => SLOTS_OF_THE_PERSON.has(slot))
    .filter(
      ([, source]) => !(source.from === 'address_book' || (source.from !== 'model' && isSaid(source.text))),
    )
    .map(([slot, { text }]) => `${slot} (${quoted(text)})`)
  const needed = NEEDED[action.kind].filter(
    (options) => !options.split('|').some((slot) => slot in action.sources),
  )
  const payee = 'recipient' in action ? action.recipient : 'spender' in action ? action.spender : undefined
  const known = [...addressBook, ...Object.values(review.registry?.routers ?? {})].map(
    ({ address }) => address,
  )
  if (payee && !isSaid(payee) && !includesAddress(known, payee)) untraced.push(`the address ${payee}`)
  if (!amountAsSaid(review, action)) untraced.push('the very amount')
  const missing = [...untraced, ...needed.map((slot) => slot.replace('|', ' or '))]
  if (missing.length === 0) return pass('Amount, tokens and recipient stand in what the person said.')
  return fail(`Not found in what the person said: ${missing.join(', ')}.`, { missing })
}

/** As words of their own: `5` does not stand in `50`. */
function standsIn(message: string, text: string): boolean {
  const [all, part] = [plain(message), plain(text)]
  if (part === '') return false
  for (let at = all.indexOf(part); at >= 0; at = all.indexOf(part, at + 1)) {
    const [before, after] = [all.slice(0, at), all.slice(at + part.length)]
    if (!joins(before, part) && !goesOn(part, after)) return true
  }
  return false
}

/** Letters of another width, capitals and spaces make no other words. */
const plain = (text: string) => text.normalize('NFKC').toLowerCase().replace(/\s+/g, ' ').trim()

const joins = (before: string, part: string): boolean =>
  /^\p{N}/u.test(part) ? /\p{N}[.,]?$|[-.]$/u.test(before) : /^\p{L}/u.test(part) && /\p{L}$/u.test(before)

/** A number also goes on with what multiplies it: `5` does not stand in `5k`, nor in `5e3`. */
const goesOn = (part: string, after: string): boolean =>
  /\p{N}$/u.test(part) && !part.startsWith('0x')
    ? /^[.,]?\p{N}|^[kmb](?!\p{L})|^e[+-]?\p{N}/u.test(after)
    : /^[\p{L}\p{N}]/u.test(after)

/** Where the words are a plain number, it is the amount. What `half` comes to, the planner has worked out. */
function amountAsSaid({ registry }: Review, action: PlannedAction): boolean {
  if (!('amountBaseUnits' in action)) return true
  const { amount, amount_in, amount_out } = action.sources
  const [, whole, fraction = ''] =
    /^0*(\d+)(?:\.(\d+))?$/.exec((amount ?? amount_in ?? amount_out)?.text ?? '') ?? []
  const name = action.kind === 'SWAP' ? (action.exact === 'in' ? action.tokenIn : action.tokenOut) : undefined
  const token = findToken(registry, name ?? ('token' in action ? action.token : nativeOf(registry)?.symbol))
  if (whole === undefined || !token) return true
  const said = `${whole}.${fraction}`.replace(/\.?0*$/, '')
  return said === decimalText(BigInt(action.amountBaseUnits), token.decimals)
}

const SLOTS_OF_THE_PERSON: ReadonlySet<string> = new Set(
  'amount amount_in amount_out token token_in token_out asset recipient spender'.split(' '),
)
const AMOUNT = 'amount|amount_in|amount_out'
const NEEDED: Record<PlannedAction['kind'], string[]> = {
  SWAP: [AMOUNT, 'token_in', 'token_out'],
  TRANSFER: [AMOUNT, 'asset|token', 'recipient'],
  APPROVE: [AMOUNT, 'token|asset', 'spender|router_key'],
  REVOKE: ['token|asset', 'spender|router_key'],
  WRAP: [AMOUNT],
  UNWRAP: [AMOUNT],
}

export const INTENT_CHECKS: readonly CheckDefinition[] = [
  { id: 'intent_conformance', title: 'Intent: what was asked for', evaluate: intentConformance },
  { id: 'text_provenance', title: 'Intent: in the person’s own words', evaluate: textProvenance },
]
