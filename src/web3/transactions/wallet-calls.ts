import type { Address } from 'viem'
import { entryPoint06Address, entryPoint07Address, entryPoint08Address } from 'viem/account-abstraction'
import { z } from 'zod'

/** A call as geth's `callTracer` tells it. The calls within it are read one by one: a chain nests them a thousand deep. */
const Frame = z.object({
  type: z.string(),
  from: z.string(),
  to: z.string().optional(),
  value: z.string().optional(),
  input: z.string().default('0x'),
  error: z.string().optional(),
  calls: z.array(z.unknown()).default([]),
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
  /** What the wallet gave the entry point for the gas of the transaction (ERC-4337), in wei. */
  prefund: bigint
}

const ENTRY_POINTS: ReadonlySet<string> = new Set(
  [entryPoint06Address, entryPoint07Address, entryPoint08Address].map((address) => address.toLowerCase()),
)

/** `isLost`: it is part of something that failed. `caller` is who called the contract whose code runs. */
type Open = { node: unknown; isLost: boolean; caller: string }

/**
 * Every call that a wallet made in a transaction, from the trace of it: to others, with coins, or making contracts. A wallet that
 * calls itself runs its own code (EIP-7702, ERC-7821), and what that does is listed instead. Calls that can only read are left out.
 *
 * @param trace of `callTracer`, as `debug_traceTransaction` gives it.
 * @throws ZodError where it is no such trace.
 */
export function readWalletCalls(trace: unknown, wallet: Address): WalletCalls {
  const own = wallet.toLowerCase()
  const calls: WalletCall[] = []
  let prefund = 0n
  const open: Open[] = [{ node: trace, isLost: false, caller: '' }]
  while (open.length > 0) {
    const { node, isLost, caller } = open.pop()!
    const frame = Frame.parse(node)
    // Nothing within a STATICCALL changes anything.
    if (frame.type === 'STATICCALL') continue
    const call = toCall(frame, isLost)
    // Code that is borrowed runs as the contract that borrowed it, called by whoever called that.
    const isBorrowed = frame.type === 'DELEGATECALL'
    const within = { isLost: call.failed, caller: isBorrowed ? caller : call.from }
    open.push(...frame.calls.map((inner) => ({ node: inner, ...within })).reverse())
    if (call.from !== own || isBorrowed || (call.to === own && call.input !== '0x')) continue
    if (isPrefund(call, caller)) prefund += call.failed ? 0n : call.value
    else calls.push(call)
  }
  return { calls, prefund }
}

const toCall = ({ type, from, to, value, input, error }: Frame, isLost: boolean): WalletCall => ({
  type,
  from: from.toLowerCase(),
  to: to?.toLowerCase() ?? null,
  value: BigInt(value ?? '0x0'),
  input: input.toLowerCase(),
  failed: isLost || error !== undefined,
})

/** Before it runs, an account gives the entry point that asks it to what its gas may cost. */
const isPrefund = ({ to, input, type }: WalletCall, caller: string) =>
  type === 'CALL' && to !== null && ENTRY_POINTS.has(to) && input === '0x' && caller === to
