import { AppError, stateConflict } from '../../lib/errors.ts'
import type { ExecutePurchaseInput, MintInput } from './schema.ts'
import { PURCHASE_ACTION, Purchase } from './schema.ts'

/**
 * The purchase that a token will bind: what was authorized, completed by a merchant where none was named. Nothing that
 * was authorized can be changed.
 *
 * @throws AppError 403 EXECUTION_PAYLOAD_MISMATCH
 */
export function bindPurchase(
  authorized: Record<string, unknown>,
  sent: MintInput | ExecutePurchaseInput,
): Purchase {
  const bound = parsePurchase(authorized)
  refuseDifference(bound, sent, { merchantMayBeNamed: true })
  return { ...bound, merchant: bound.merchant ?? sent.merchant ?? null }
}

/** Refuses an execution that says anything else than its token binds. What it leaves out is taken from there. */
export function refuseDifference(
  bound: Purchase,
  sent: MintInput | ExecutePurchaseInput,
  { merchantMayBeNamed }: { merchantMayBeNamed: boolean },
): void {
  const differing = (['amount', 'currency', 'merchant'] as const).filter((member) => {
    const value = sent[member]
    if (value === undefined || value === null) return false
    if (member === 'merchant' && bound.merchant === null && merchantMayBeNamed) return false
    return value !== bound[member]
  })
  if (differing.length === 0) return
  throw new AppError({
    code: 'EXECUTION_PAYLOAD_MISMATCH',
    status: 403,
    message: 'The purchase differs from the one that was authorized',
    details: differing.map((member) => ({
      path: 'payload',
      message: `${member}: authorized is ${JSON.stringify(bound[member])}, got ${JSON.stringify(sent[member])}; authorize a new purchase to change it`,
      type: 'auth_error',
      code: 'EXECUTION_PAYLOAD_MISMATCH',
    })),
  })
}

/** @throws AppError 409 when the payload is that of another action, which no executor here runs. */
export function parsePurchase(payload: Record<string, unknown>): Purchase {
  const { amount, currency, merchant = null } = payload
  const parsed = Purchase.safeParse({ amount, currency, merchant })
  if (parsed.success) return parsed.data
  const message = `no executor runs this action here: only '${PURCHASE_ACTION}' can be minted and executed`
  throw stateConflict('EXECUTION_ACTION_MISMATCH', message, { path: 'decision_id' })
}
