import { z } from 'zod'
import { AddressText, AssetChange, BaseUnits } from '../schema.ts'

const SignedBaseUnits = AssetChange.shape.delta

/** What may still be taken from a wallet after what needed it failed. */
export const LeftoverAllowance = z.object({
  token: AddressText,
  symbol: z.string().nullable(),
  spender: AddressText,
  /** Of a router that is known. */
  spender_name: z.string().nullable(),
  allowance: BaseUnits,
  allowance_text: z.string(),
})
export type LeftoverAllowance = z.infer<typeof LeftoverAllowance>

/** What the mined transactions of a run really did for its wallet, beside what was simulated. Gas is told by itself. */
export const Realised = z.object({
  changes: z.array(AssetChange.extend({ tx_request_id: z.string() })),
  gas_paid_wei: BaseUnits,
  /** Of each token and the coin over all transactions together; null where the simulation gave none. */
  compared: z.array(
    z.object({
      token: AssetChange.shape.token,
      simulated: SignedBaseUnits.nullable(),
      realised: SignedBaseUnits,
      difference: SignedBaseUnits.nullable(),
    }),
  ),
  /** Of a swap into the wallet that was mined; null where there is none. */
  slippage: z
    .object({
      tx_request_id: z.string(),
      exact: z.enum(['in', 'out']),
      /** What came, and with an exact output what went. */
      token: AssetChange.shape.token,
      quoted: BaseUnits,
      realised: BaseUnits,
      /** Worse than quoted, in hundredths of a percent; below zero it was better. */
      paid_bps: z.number(),
      allowed_bps: z.int(),
    })
    .nullable(),
})
export type Realised = z.infer<typeof Realised>
