import { BaseError, decodeErrorResult, type Hex, isHex, parseAbi } from 'viem'

/** The errors of ERC-6093, which newer tokens revert with; texts and panics are known to all. */
const KNOWN = parseAbi([
  'error ERC20InsufficientBalance(address sender, uint256 balance, uint256 needed)',
  'error ERC20InvalidSender(address sender)',
  'error ERC20InvalidReceiver(address receiver)',
  'error ERC20InsufficientAllowance(address spender, uint256 allowance, uint256 needed)',
  'error ERC20InvalidApprover(address approver)',
  'error ERC20InvalidSpender(address spender)',
  'error Error(string reason)',
  'error Panic(uint256 code)',
])

const PANICS: Record<string, string> = {
  '1': 'an assertion failed',
  '17': 'a number overflowed',
  '18': 'a division by zero',
  '50': 'an index out of bounds',
}

/** Why a call reverted, in words: the contract's own where it gave any. They are data: whoever made the contract wrote them. */
export function decodeRevert(data: Hex): string {
  if (data === '0x') return 'it reverted without a reason'
  try {
    const { errorName, args = [] } = decodeErrorResult({ abi: KNOWN, data })
    if (errorName === 'Error') return clean(String(args[0])) || 'it reverted without a reason'
    if (errorName === 'Panic') return PANICS[String(args[0])] ?? `panic ${args[0]}`
    return `${errorName}(${args.join(', ')})`
  } catch {
    return `an error of its own, ${data.slice(0, 10)}`
  }
}

/** On one line and of bearable length. */
const clean = (text: string): string =>
  text
    .replaceAll(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
    .trim()
    .slice(0, 200)

/** What a call that an RPC refused had reverted with, or null where it did not revert. */
export function findRevertData(error: unknown): Hex | null {
  if (!(error instanceof BaseError)) return null
  const holder = error.walk((cause) => isRevertData((cause as { data?: unknown }).data)) as { data?: unknown }
  const data = holder?.data
  if (isHex(data)) return data
  if (typeof data === 'object' && data !== null && 'data' in data && isHex(data.data)) return data.data
  return null
}

const isRevertData = (data: unknown): boolean =>
  isHex(data) || (typeof data === 'object' && data !== null && 'data' in data && isHex(data.data))
