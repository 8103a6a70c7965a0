import type { DecodedCall, SwapCall } from '../../../../web3/transactions/decode-call.ts'
import type { TransactionKind, TransactionMeta } from '../../schema.ts'
import { nativeOf } from '../amounts.ts'
import type { CheckDefinition } from '../check-definition.ts'
import { fail, type Outcome, pass } from '../outcome.ts'
import {
  findRouter,
  findToken,
  type Review,
  type ReviewedRequest,
  sameAddress,
  swapInput,
} from '../review.ts'

const FAULTS = {
  'missing-prefix': 'has no 0x in front',
  'upper-case-prefix': 'begins with 0X',
  'not-hex': 'is no hex',
  'odd-length': 'has an odd number of digits',
  'too-short': 'is too short to name a function',
  undecodable: 'does not fit the function it names',
  'trailing-bytes': 'goes on after the last argument',
  'not-canonical': 'is encoded in an unusual way',
  'nested-too-deep': 'holds calls within calls within calls',
} as const

/** Odd forms are how one reader is made to see another call than the next. */
const hexCanonical = ({ requests }: Review): Outcome => {
  const odd = requests.filter(({ call }) => call.faults.length > 0)
  if (odd.length === 0) return pass('All data is proper hex that encodes exactly what was read from it.')
  const reason = odd
    .map(
      ({ request, call }) =>
        `The data of ${request.txRequestId} ${call.faults.map((fault) => FAULTS[fault]).join(' and ')}.`,
    )
    .join(' ')
  return fail(reason, {
    faults: odd.map(({ request, call }) => ({ txRequestId: request.txRequestId, faults: call.faults })),
  })
}

const selectorAllowlist = (review: Review): Outcome => {
  const wrong = review.requests.filter(({ call, value }) => !isKnownCall(review, call, value))
  if (wrong.length === 0) return pass('Only known functions of known contracts are called.')
  const metadata = {
    calls: wrong.map(({ request, call }) => ({
      txRequestId: request.txRequestId,
      to: request.to,
      selector: call.selector,
    })),
  }
  const ids = wrong.map(
    ({ request, call }) => `${request.txRequestId} (${call.selector ?? call.type} of ${request.to})`,
  )
  return fail(`A function is called that is not known of this contract: ${ids.join(', ')}.`, metadata)
}

/** Which functions may be called where, and which of them may carry coins. */
function isKnownCall({ registry }: Review, call: DecodedCall, value: bigint): boolean {
  switch (call.type) {
    case 'empty':
      return true
    case 'approve':
    case 'transfer':
      return findToken(registry, call.to) !== null && value === 0n
    case 'deposit':
      return sameAddress(nativeOf(registry)?.address ?? '', call.to)
    case 'withdraw':
      return sameAddress(nativeOf(registry)?.address ?? '', call.to) && value === 0n
    case 'swap':
      return findRouter(registry, call.to) !== null && (call.nativeIn || value === 0n)
    case 'transferFrom':
    case 'batch':
    case 'unknown':
      return false
  }
}

/** What an allowance by signature begins with: `permit` of EIP-2612, of DAI and of Permit2. */
const PERMITS: ReadonlySet<string> = new Set([
  '0xd505accf',
  '0x8fcbaf0c',
  '0x2b67b570',
  '0x2a2d80d1',
  '0x30f28b7a',
])

const permitSignature = ({ requests }: Review): Outcome => {
  const permits = requests.filter(({ call }) => call.selector !== null && PERMITS.has(call.selector))
  if (permits.length === 0) return pass('Nothing is to be signed but the transactions themselves.')
  const ids = permits.map(({ request }) => request.txRequestId)
  return fail(`${ids.join(', ')} uses an allowance by signature, which is not supported.`, {
    txRequestIds: ids,
  })
}

const nestedCalls = ({ requests }: Review): Outcome => {
  const nested = requests.filter(({ call }) => call.type === 'batch')
  if (nested.length === 0) return pass('No call carries other calls.')
  const inner = nested.flatMap(({ request, call }) =>
    call.type === 'batch'
      ? call.calls.map((each) => ({
          txRequestId: request.txRequestId,
          to: each.to,
          operation: each.operation,
          function: each.call.type,
          selector: each.call.selector,
        }))
      : [],
  )
  const delegated = inner.some(({ operation }) => operation === 'delegatecall')
  const what = `${nested.map(({ request }) => request.txRequestId).join(', ')} carries ${inner.length} other calls`
  return fail(delegated ? `${what}, one of them with the rights of the wallet itself.` : `${what}.`, {
    calls: inner,
  })
}

const calldataMatchesMeta = (review: Review): Outcome => {
  const differing = review.requests.flatMap((each) =>
    differencesFromMeta(review, each).map((difference) => ({
      txRequestId: each.request.txRequestId,
      ...difference,
    })),
  )
  if (differing.length === 0) return pass('What the transactions say in bytes is what is shown of them.')
  const reason = differing.map(({ txRequestId, member }) => `${member} of ${txRequestId}`).join(', ')
  return fail(`The bytes say something else than what is shown: ${reason}.`, { differences: differing })
}

type Difference = { member: string; shown: string | null; bytes: string }

const KINDS: { [Type in DecodedCall['type']]?: readonly TransactionKind[] } = {
  empty: ['TRANSFER'],
  approve: ['APPROVE', 'REVOKE'],
  transfer: ['TRANSFER'],
  deposit: ['WRAP'],
  withdraw: ['UNWRAP'],
  swap: ['SWAP'],
}

function differencesFromMeta(review: Review, { request, call, value }: ReviewedRequest): Difference[] {
  const { meta } = request
  if (!KINDS[call.type]?.includes(meta.kind)) return [{ member: 'kind', shown: meta.kind, bytes: call.type }]
  const { registry } = review
  const differences: Difference[] = []
  const compare = (member: keyof TransactionMeta & string, bytes: bigint | string, shown = meta[member]) => {
    const text = shown === undefined ? null : String(shown)
    const equal = text !== null && text.toLowerCase() === String(bytes).toLowerCase()
    if (!equal) differences.push({ member, shown: text, bytes: String(bytes) })
  }
  const spender = findRouter(registry, meta.spender)?.address ?? meta.spender
  const tokenAddress = (name: string | undefined) => findToken(registry, name)?.address ?? name
  switch (call.type) {
    case 'approve':
      compare('token', call.to, tokenAddress(meta.token))
      compare('spender', call.spender, spender)
      if (meta.kind === 'APPROVE' || meta.amountBaseUnits !== undefined)
        compare('amountBaseUnits', call.amount)
      else if (call.amount !== 0n) compare('amountBaseUnits', call.amount, '0')
      break
    case 'transfer':
      compare('token', call.to, tokenAddress(meta.token))
      compare('recipient', call.recipient)
      compare('amountBaseUnits', call.amount)
      break
    case 'empty':
      if (meta.token !== undefined) compare('token', nativeOf(registry)?.symbol ?? 'the coin of the chain')
      compare('recipient', request.to)
      compare('amountBaseUnits', value)
      break
    case 'deposit':
      compare('amountBaseUnits', value, meta.amountBaseUnits ?? meta.amountInBaseUnits)
      break
    case 'withdraw':
      compare('amountBaseUnits', call.amount, meta.amountBaseUnits ?? meta.amountInBaseUnits)
      break
    case 'swap':
      compareSwap(review, meta, call, value, compare)
  }
  return differences
}

function compareSwap(
  { registry }: Review,
  meta: TransactionMeta,
  call: SwapCall & { to: string },
  value: bigint,
  compare: (member: keyof TransactionMeta & string, bytes: bigint | string, shown?: unknown) => void,
): void {
  const nameOf = (address: string, native: boolean) =>
    native ? nativeOf(registry)?.symbol : findToken(registry, address)?.symbol
  const [from, to] = [call.path[0]!, call.path.at(-1)!]
  compare('tokenIn', nameOf(from, call.nativeIn) ?? from, findToken(registry, meta.tokenIn)?.symbol)
  compare('tokenOut', nameOf(to, call.nativeOut) ?? to, findToken(registry, meta.tokenOut)?.symbol)
  compare('amountInBaseUnits', swapInput(call, value))
  if (call.exact === 'in' || meta.minOut !== undefined) compare('minOut', call.amountOut)
  if (meta.amountOutBaseUnits !== undefined) compare('amountOutBaseUnits', call.amountOut)
  if (meta.recipient !== undefined) compare('recipient', call.recipient)
  if (meta.deadline !== undefined) compare('deadline', call.deadline)
  if (meta.path !== undefined) compare('path', call.path.join(), meta.path.join())
  compare('routerKey', call.to, findRouter(registry, meta.routerKey)?.address ?? meta.routerKey)
}

export const CALLDATA_CHECKS: readonly CheckDefinition[] = [
  { id: 'hex_canonical', title: 'Data: proper form', evaluate: hexCanonical },
  { id: 'selector_allowlist', title: 'Data: known functions', evaluate: selectorAllowlist },
  { id: 'nested_calls', title: 'Data: no calls within calls', evaluate: nestedCalls },
  { id: 'permit_signature', title: 'Data: no allowance by signature', evaluate: permitSignature },
  { id: 'calldata_matches_meta', title: 'Data: as shown', evaluate: calldataMatchesMeta },
]
