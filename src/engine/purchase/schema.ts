import { z } from 'zod'
import { Identifier } from '../../kernel/ledger/schema.ts'

export const PURCHASE_ACTION = 'purchase.create'
const Currency = z.literal('EUR')
const Merchant = z.string().trim().min(1)

/** What a purchase is: these three bind. `merchant` is null while nobody has named one. */
export const Purchase = z.strictObject({
  amount: z.number().min(0),
  currency: Currency,
  merchant: Merchant.nullable(),
})
export type Purchase = z.infer<typeof Purchase>

/** What is said about a purchase when it is asked for. Further members are welcome and recorded. */
export const PurchaseContext = z.looseObject({
  amount: z.number().min(0),
  currency: Currency,
  /** Four less than an id may have: its run is named `run_<request_id>`. */
  request_id: z.string().trim().min(1).max(252).nullish(),
  run_id: Identifier.nullish(),
  user_id: z.string().nullish(),
  merchant: Merchant.nullish(),
  /** Accepted for compatibility and recorded; it never decides. */
  transport_decision_hint: z.enum(['allow', 'requires_approval', 'deny']).nullish(),
})

/** What `authorize_action` takes, over HTTP and MCP alike. */
export const AuthorizeActionInput = z.strictObject({
  intent: z.strictObject({ action: z.literal(PURCHASE_ACTION) }),
  context: PurchaseContext,
})
export type AuthorizeActionInput = z.infer<typeof AuthorizeActionInput>

/** What may be sent along when a token is minted: it may repeat what was authorized, and name a merchant that was not. */
export const MintInput = z.strictObject({
  amount: z.number().positive().optional(),
  currency: Currency.optional(),
  merchant: Merchant.nullish(),
})
export type MintInput = z.infer<typeof MintInput>

/** What the executor is asked to run; it must be what the token binds. */
export const ExecutePurchaseInput = z.strictObject({
  amount: z.number().positive(),
  currency: Currency,
  merchant: Merchant.nullish(),
  run_id: Identifier.nullish(),
})
export type ExecutePurchaseInput = z.infer<typeof ExecutePurchaseInput>
