import { AppError } from '../../lib/errors.ts'

const MAX_UINT256 = 2n ** 256n - 1n

/** What cannot be built is the fault of what was asked for, and is told with the name of the value. */
export const invalidTransaction = (path: string, message: string) =>
  new AppError({
    code: 'INVALID_TRANSACTION',
    status: 422,
    message,
    details: [{ path, message, type: 'value_error', code: 'INVALID_TRANSACTION' }],
  })

/** An amount that moves something: above zero, and within a uint256. */
export function checkAmount(path: string, amount: bigint): bigint {
  if (amount > 0n && amount <= MAX_UINT256) return amount
  throw invalidTransaction(path, `expected an amount above 0 within 256 bits, got ${amount}`)
}
