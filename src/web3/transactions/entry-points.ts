import { parseAbi, parseEventLogs } from 'viem'
import type { SeenReceipt } from './realised-changes.ts'

/** The entry points of ERC-4337, by version: 0.6, 0.7, 0.8 and 0.9. The same on every chain. */
const ENTRY_POINTS: ReadonlySet<string> = new Set([
  '0x5ff137d4b0fdcd49dca30c7cf57e578a026d2789',
  '0x0000000071727de22e5e9d8baf0edac6f37da032',
  '0x4337084d9e255ff0702461cf8895ce9e3b5ff108',
  '0x433709009b8330fda32311df1c2afa402ed8d009',
])

export const isEntryPoint = (address: string | null): boolean =>
  address !== null && ENTRY_POINTS.has(address.toLowerCase())

/** `validateUserOp` of accounts, of version 0.6 and of those since. */
const VALIDATE: ReadonlySet<string> = new Set(['0x3a871cdd', '0x19822f7c'])

/** Whether an entry point asks an account there whether it wants something done: nothing is done yet. */
export const isValidation = (caller: string, input: string): boolean =>
  isEntryPoint(caller) && VALIDATE.has(input.slice(0, 10))

const EVENTS = parseAbi([
  'event UserOperationEvent(bytes32 indexed userOpHash, address indexed sender, address indexed paymaster, uint256 nonce, bool success, uint256 actualGasCost, uint256 actualGasUsed)',
])

/**
 * What a wallet paid through entry points for what they did for it in a transaction, in wei; zero where a paymaster did. Null where
 * they did nothing for it.
 */
export function readUserOperationCost({ logs }: Pick<SeenReceipt, 'logs'>, wallet: string): bigint | null {
  const ours = parseEventLogs({ abi: EVENTS, logs: logs as never[], strict: true })
    .filter(({ address }: { address: string }) => isEntryPoint(address))
    .filter(({ args }) => args.sender.toLowerCase() === wallet.toLowerCase())
  if (ours.length === 0) return null
  const paid = ours.filter(({ args }) => BigInt(args.paymaster) === 0n)
  return paid.reduce((sum, { args }) => sum + args.actualGasCost, 0n)
}
