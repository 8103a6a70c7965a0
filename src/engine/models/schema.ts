import { z } from 'zod'

const Cents = z.number().nonnegative()

/** Cents of US dollar for a million tokens. */
export const Price = z.strictObject({
  input: Cents,
  output: Cents,
  /** Input that the provider had kept from earlier calls. Without it such input is priced as any other. */
  cached_input: Cents.optional(),
  /** What holds for the whole call once its input is longer than this. */
  above: z.strictObject({ input_tokens: z.int().positive(), input: Cents, output: Cents }).optional(),
  /** The day the price was looked up. */
  as_of: z.iso.date().optional(),
  /** Where it stands. */
  source: z.string().max(500).optional(),
})
export type Price = z.infer<typeof Price>

/** Prices by `provider/model`. */
export const PriceTable = z.record(
  z.string().regex(/^[a-z0-9-]+\/.+$/, 'expected provider/model, e.g. openai/gpt-4o'),
  Price,
)
