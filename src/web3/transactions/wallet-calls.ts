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
}

/**
 * What a frame is a part of: a call that the wallet made to somebody, coins that it receives, or its answer to an entry point
 * (ERC-4337) that asks whether it wants something done.
 */
type Within = 'outward' | 'receiving' | 'validation' | null

/** `caller` is who called the contract whose code runs. */
type Context = { isLost: boolean; caller: string; within: Within }

/** A frame to be looked at; or the end of what the wallet did inside itself, with how many calls it had made before. */
type Visit = { node: unknown; context: Context } | { inward: WalletCall; before: number }

/**
 * Every call that a wallet made in a transaction, from the trace of it: to others, with coins, or making contracts. What leads to
 * these is not listed: whoever calls the wallet, the wallet calling itself, code that it borrows (EIP-7702, ERC-4337, ERC-7821).
 * But what the wallet does inside itself and that leads to no call is: an owner may be added by it. Calls that can only read are
 * left out, and so is what an account does for an entry point before anything is done.
 *
 * @param trace of `callTracer`, as `debug_traceTransaction` gives it.
 * @param isUndone the receipt says that nothing of the transaction is left.
 * @throws ZodError where it is no such trace.
 */
export function readWalletCalls(trace: unknown, wallet: Address, isUndone = false): WalletCalls {
  const own = wallet.toLowerCase()
  const calls: WalletCall[] = []
  let nativeDelta = 0n
  const open: Visit[] = [{ node: trace, context: { isLost: isUndone, caller: '', within: null } }]
  while (open.length > 0) {
    const visit = open.pop()!
    if ('inward' in visit) {
      if (calls.length === visit.before && !visit.inward.failed) calls.push(visit.inward)
      continue
    }
    const { caller, isLost, within } = visit.context
    const frame = Frame.parse(visit.node)
    // Nothing within a STATICCALL changes anything.
    if (frame.type === 'STATICCALL') continue
    const call = toCall(frame, isLost)
    const role = roleOf(call, { own, caller, within })
    if (role !== 'prefund' && !call.failed) nativeDelta += coinsOf(call, own)
    if (role === 'outward') calls.push(call)
    if (role === 'inward') open.push({ inward: call, before: calls.length })
    const context: Context = {
      isLost: call.failed,
      // Code that is borrowed runs as the contract that borrowed it, called by whoever called that.
      caller: call.type === 'DELEGATECALL' ? caller : call.from,
      within: role === 'outward' || role === 'receiving' || role === 'validation' ? role : within,
    }
    const inner = frame.calls ?? []
    for (let index = inner.length - 1; index >= 0; index--) open.push({ node: inner[index], context })
  }
  return { calls, nativeDelta }
}

type Role = 'outward' | 'inward' | 'receiving' | 'validation' | 'prefund' | 'passing'
type Around = { own: string; caller: string; within: Within }

function roleOf(call: WalletCall, { own, caller, within }: Around): Role {
  const isOwn = call.from === own
  const isBorrowed = call.type === 'DELEGATECALL'
  if (isOwn && !isBorrowed && (call.to !== own || call.input === '0x')) {
    if (within !== 'validation') return 'outward'
    return isPrefund(call, caller) ? 'prefund' : isValidator(call) ? 'passing' : 'outward'
  }
  if (!isOwn && call.to !== own) return 'passing'
  if (!isOwn && isValidation(call.from, call.input)) return 'validation'
  // What a call of the wallet leads to, and what it does to take coins or to answer, is a part of that.
  if (within !== null) return 'passing'
  return !isOwn && call.input === '0x' ? 'receiving' : 'inward'
}

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
