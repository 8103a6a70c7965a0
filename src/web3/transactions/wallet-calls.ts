import type { Address } from 'viem'
import { z } from 'zod'
import { isEntryPoint, isValidation } from './entry-points.ts'

/** A call as geth's `callTracer` tells it. The calls within it are read one by one: a chain nests them a thousand deep. */
const Frame = z.object({
  type: z.string(),
  from: z.string(),
  to: z.string().nullish(),
  value: z.string().nullish(),
  input: z.string().nullish(),
  error: z.string().nullish(),
  calls: z.array(z.unknown()).nullish(),
})
type Frame = z.infer<typeof Frame>

/** A call that a wallet made within a transaction, whoever sent that. */
export type WalletCall = {
  type: string
  from: string
  /** Null where a contract is made. */
  to: string | null
  value: bigint
  input: string
  /** It failed, or something that it is a part of did: nothing of it is left. */
  failed: boolean
}

/** What a wallet did in a transaction. */
export type WalletCalls = {
  /** In the order in which they were made. */
  calls: WalletCall[]
  /** How many more coins it has for it, in wei, without what it gave an entry point for gas. */
  nativeDelta: bigint
  /** What it gave an entry point (ERC-4337) before anything was done, in wei. What is left of that stays its own. */
  prefund: bigint
}

/** What a frame is a part of: a call that the wallet made to somebody, or its answer to an entry point (ERC-4337). */
type Within = 'outward' | 'validation' | null

/** `caller` is who called the contract whose code runs; `entered` with which bytes, where that is the wallet. */
type Context = { isLost: boolean; caller: string; within: Within; entered: string | null }

/** A frame to be looked at; or the end of what the wallet did inside itself, with how many calls it had made before. */
type Visit = { node: unknown; context: Context } | { inward: WalletCall; before: number }

/**
 * Every call that a wallet made in a transaction, from the trace of it: to others, with coins, or making contracts. What leads to
 * these is not listed: whoever calls the wallet, the wallet calling itself, code that it borrows (EIP-7702, ERC-4337, ERC-7821).
 * But what the wallet does inside itself and that leads to no call is: an owner may be added by it. Calls that can only read are
 * left out, and so is taking what others send and what an account does for an entry point that asks it.
 *
 * @param trace of `callTracer`, as `debug_traceTransaction` gives it.
 * @param isUndone the receipt says that nothing of the transaction is left.
 * @throws ZodError where it is no such trace.
 */
export function readWalletCalls(trace: unknown, wallet: Address, isUndone = false): WalletCalls {
  const own = wallet.toLowerCase()
  const calls: WalletCall[] = []
  let nativeDelta = 0n
  let prefund = 0n
  let maker: string | null = null
  const start: Context = { isLost: isUndone, caller: '', within: null, entered: null }
  const open: Visit[] = [{ node: trace, context: start }]
  while (open.length > 0) {
    const visit = open.pop()!
    if ('inward' in visit) {
      if (calls.length === visit.before && !visit.inward.failed) calls.push(visit.inward)
      continue
    }
    const { caller, isLost, within, entered } = visit.context
    const frame = Frame.parse(visit.node)
    // Nothing within a STATICCALL changes anything.
    if (frame.type === 'STATICCALL') continue
    const call = toCall(frame, isLost)
    if (MAKES.has(call.type) && call.to === own) maker = call.from
    const role = roleOf(call, { own, caller, within, entered, maker })
    if (role === 'prefund' && !call.failed) prefund += call.value
    if (role !== 'prefund' && !call.failed) nativeDelta += coinsOf(call, own)
    if (role === 'outward') calls.push(call)
    if (role === 'inward') open.push({ inward: call, before: calls.length })
    // Code that is borrowed runs as the contract that borrowed it, called by whoever called that.
    const isBorrowed = call.type === 'DELEGATECALL'
    const context: Context = {
      isLost: call.failed,
      caller: isBorrowed ? caller : call.from,
      within: role === 'outward' || role === 'validation' ? role : within,
      entered: call.to === own ? call.input : isForwarding(call, entered) ? entered : null,
    }
    const inner = frame.calls ?? []
    for (let index = inner.length - 1; index >= 0; index--) open.push({ node: inner[index], context })
  }
  return { calls, nativeDelta, prefund }
}

const MAKES: ReadonlySet<string> = new Set(['CREATE', 'CREATE2'])

type Role = 'outward' | 'inward' | 'validation' | 'prefund' | 'passing'
type Around = Omit<Context, 'isLost'> & { own: string; maker: string | null }

function roleOf(call: WalletCall, { own, caller, within, entered, maker }: Around): Role {
  const isOwn = call.from === own
  const isBorrowed = call.type === 'DELEGATECALL'
  if (isOwn && !isBorrowed && (call.to !== own || call.input === '0x')) {
    if (within !== 'validation') return 'outward'
    return isPrefund(call, caller) ? 'prefund' : isValidator(call) ? 'passing' : 'outward'
  }
  if (!isOwn && call.to !== own) return 'passing'
  // What a call of the wallet leads to is a part of that call.
  if (within === 'outward' || isForwarding(call, entered)) return 'passing'
  if (!isOwn && isValidation(call.from, call.input)) return 'validation'
  const isTaking = call.input === '0x' || TAKES.has(call.input.slice(0, 10))
  const isMaking = MAKES.has(call.type) || call.from === maker
  return !isOwn && (isTaking || isMaking) ? 'passing' : 'inward'
}

/** A proxy hands on what it was called with to the code that it stands for. */
const isForwarding = ({ type, input }: WalletCall, entered: string | null) =>
  type === 'DELEGATECALL' && input === entered

/**
 * By which tokens tell who gets them, and by which anybody asks whether a wallet signed something: `onERC721Received`,
 * `onERC1155Received`, `onERC1155BatchReceived`, `tokensReceived` (ERC-777), `isValidSignature` (ERC-1271).
 */
const TAKES: ReadonlySet<string> = new Set([
  '0x150b7a02',
  '0xf23a6e61',
  '0xbc197c81',
  '0x0023de29',
  '0x1626ba7e',
])

/** Before it does anything an account gives the entry point that asks it to what its gas may cost. */
const isPrefund = ({ to, input, type }: WalletCall, caller: string) =>
  type === 'CALL' && isEntryPoint(to) && input === '0x' && caller === to

/** `validateUserOp` of a validator that an account asks in its turn (ERC-7579). */
const ASK_VALIDATOR = '0x97003203'
const isValidator = ({ value, input, type }: WalletCall) =>
  type === 'CALL' && value === 0n && input.startsWith(ASK_VALIDATOR)

/** Coins that a call takes from the wallet or brings it. Borrowed code moves none by being borrowed. */
function coinsOf({ type, from, to, value }: WalletCall, own: string): bigint {
  if (type === 'DELEGATECALL' || type === 'CALLCODE' || from === to) return 0n
  if (to === own) return value
  return from === own ? -value : 0n
}

const toCall = ({ type, from, to, value, input, error }: Frame, isLost: boolean): WalletCall => ({
  type,
  from: from.toLowerCase(),
  to: to?.toLowerCase() ?? null,
  value: BigInt(value ?? '0x0'),
  input: (input ?? '0x').toLowerCase(),
  failed: isLost || Boolean(error),
})
