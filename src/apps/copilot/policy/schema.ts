import { z } from 'zod'
import { chainKey, SettingAddress, symbolKey } from '../../../web3/schema.ts'
import { TransactionKind } from '../schema.ts'

/** An amount as people write it, e.g. `"0.5"`: without sign, exponent and separators. */
export const SettingAmount = z
  .string()
  .regex(/^\d{1,40}(\.\d{1,36})?$/, 'expected an amount in digits, e.g. "500" or "0.5"')

const SettingCap = z
  .strictObject({
    per_transaction: SettingAmount.optional(),
    per_day: SettingAmount.optional(),
    per_recipient_and_day: SettingAmount.optional(),
  })
  .refine((cap) => Object.keys(cap).length > 0, 'expected per_transaction, per_day or per_recipient_and_day')

/** SPEND_CAPS: `{"1": {"USDC": {"per_transaction": "500", "per_day": "1000"}}}`. */
export const SpendCaps = z.record(chainKey, z.record(symbolKey, SettingCap))
export type SpendCaps = z.output<typeof SpendCaps>

/** GAS_CAPS: `{"SWAP": 600000}`. */
export const GasCaps = z.partialRecord(TransactionKind, z.int().positive())
export type GasCaps = z.output<typeof GasCaps>

const SettingPin = z.strictObject({
  code_hash: z.templateLiteral(
    ['0x', z.string().regex(/^[0-9a-fA-F]{64}$/)],
    'expected the keccak256 of the code: 0x and 64 hex digits',
  ),
  /** Of a proxy: what stands in its slot of EIP-1967. */
  implementation: SettingAddress.optional(),
})

/** CODE_PINS: `{"1": {"0x…": {"code_hash": "0x…"}}}`. */
export const CodePins = z.record(chainKey, z.record(SettingAddress, SettingPin))
export type CodePins = z.output<typeof CodePins>
