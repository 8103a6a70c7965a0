import { z } from 'zod'

/** What an answer may fill. `intent` is the sentence itself, said anew. */
export const SlotName = z.enum([
  'intent',
  'amount_in',
  'amount_out',
  'token_in',
  'token_out',
  'asset',
  'token',
  'spender',
  'recipient',
  'router_key',
  'slippage_bps',
  'deadline_seconds',
  'chain_id',
  'wallet_address',
])
export type SlotName = z.infer<typeof SlotName>

/** Answers by slot, as the user wrote them. A number is in the unit that the slot is named after. */
export const Answers = z.partialRecord(SlotName, z.union([z.string().max(5000), z.number()]))
export type Answers = z.infer<typeof Answers>

/** Where something was said: in the sentence (`intent`) or in the answer to a slot; `text` stands at start..end there. */
export const Words = z.object({
  in: SlotName,
  start: z.int().min(0),
  end: z.int().min(0),
  text: z.string(),
})
export type Words = z.infer<typeof Words>

const slot = <V extends z.ZodType>(value: V) => z.object({ value, words: Words })

const AddressText = z.templateLiteral(['0x', z.string().regex(/^[0-9a-fA-F]{40}$/)])
const BaseUnits = z.string().regex(/^[1-9][0-9]*$/)

/** Either so many units, or a share of what the wallet holds of the token that goes out. */
export const Amount = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('exact'), decimal: z.string(), base_units: BaseUnits }),
  z.object({
    kind: z.literal('share'),
    basis_points: z.int().min(1).max(10_000),
    /** The native token also pays the gas, so that not all of it can leave. */
    keeps_gas: z.boolean(),
  }),
])
export type Amount = z.infer<typeof Amount>

const Terms = {
  router_key: slot(z.string()).optional(),
  slippage_bps: slot(z.int().min(0).max(10_000)).optional(),
  deadline_seconds: slot(z.int().min(1)).optional(),
  chain_id: slot(z.int().min(1)).optional(),
}

const SwapIntent = z.object({
  type: z.literal('swap'),
  /** Whether the amount is what goes out of the wallet, or what must come in. */
  exact: z.enum(['in', 'out']),
  amount: slot(Amount),
  token_in: slot(z.string()),
  token_out: slot(z.string()),
  recipient: slot(AddressText).optional(),
  ...Terms,
})

/** One to one between the native token and its wrapped form. Router and slippage are kept where said, and not needed. */
const wrapIntent = <T extends 'wrap' | 'unwrap'>(type: T) =>
  z.object({
    type: z.literal(type),
    amount: slot(Amount),
    token_in: slot(z.string()),
    token_out: slot(z.string()),
    ...Terms,
  })

const TransferIntent = z.object({
  type: z.literal('transfer'),
  amount: slot(Amount),
  asset: slot(z.string()),
  recipient: slot(AddressText),
  chain_id: Terms.chain_id,
})

const Spender = slot(z.object({ address: AddressText, router_key: z.string().optional() }))

const ApproveIntent = z.object({
  type: z.literal('approve'),
  amount: slot(Amount),
  token: slot(z.string()),
  spender: Spender,
  chain_id: Terms.chain_id,
})

const RevokeIntent = z.object({
  type: z.literal('revoke'),
  token: slot(z.string()),
  spender: Spender,
  chain_id: Terms.chain_id,
})

export const QueryTopic = z.enum([
  'balance',
  'snapshot',
  'allowances',
  'tokens',
  'routers',
  'allowlists',
  'chains',
  'status',
])
export type QueryTopic = z.infer<typeof QueryTopic>

const QueryIntent = z.object({
  type: z.literal('query'),
  topic: QueryTopic,
  token: slot(z.string()).optional(),
  spender: Spender.optional(),
  run_id: slot(z.uuid()).optional(),
  wallet_address: slot(AddressText).optional(),
  chain_id: Terms.chain_id,
})

export const IntentType = z.enum(['swap', 'transfer', 'approve', 'revoke', 'wrap', 'unwrap', 'query'])
export type IntentType = z.infer<typeof IntentType>

/** Not yet, or not at all, something to do: what it looks like, and where its parts were said. */
const UnknownIntent = z.object({
  type: z.literal('unknown'),
  looks_like: IntentType.nullable(),
  slots: z.partialRecord(SlotName, Words),
})
export type UnknownIntent = z.infer<typeof UnknownIntent>

const KnownIntent = z.discriminatedUnion('type', [
  SwapIntent,
  TransferIntent,
  ApproveIntent,
  RevokeIntent,
  wrapIntent('wrap'),
  wrapIntent('unwrap'),
  QueryIntent,
])
export type KnownIntent = z.infer<typeof KnownIntent>

export const ParsedIntent = z.discriminatedUnion('type', [...KnownIntent.options, UnknownIntent])
export type ParsedIntent = z.infer<typeof ParsedIntent>

/** Why words have no place in a sentence, in the order in which it is asked about. */
export const UnplacedReason = z.enum([
  'instruction',
  'negation',
  'condition',
  'schedule',
  'second_action',
  'quote',
  'approximate',
  'choice',
  'said_twice',
  'unknown_word',
])
export type UnplacedReason = z.infer<typeof UnplacedReason>

/** What must be answered first. `questions` go with `missing` one by one; the first is the one to ask now. */
export const NeedsInput = z.object({
  missing: z.array(SlotName).min(1),
  questions: z.array(z.string()).min(1),
  data: z.object({
    token_options: z.array(z.string()).optional(),
    router_options: z.array(z.string()).optional(),
    chain_options: z.array(z.int()).optional(),
    unplaced: z.array(Words.extend({ reason: UnplacedReason })).optional(),
  }),
})
export type NeedsInput = z.infer<typeof NeedsInput>

export const PlannedIntent = z.discriminatedUnion('status', [
  z.object({ status: z.literal('READY'), intent: KnownIntent }),
  z.object({ status: z.literal('NEEDS_INPUT'), intent: UnknownIntent, needs_input: NeedsInput }),
])
export type PlannedIntent = z.infer<typeof PlannedIntent>

/** What a model proposes: values only, which are then looked for in the user's own words. */
export const ProposedPlan = z.strictObject({
  type: IntentType.exclude(['query']),
  /** As a decimal number such as `50.5`, or a share such as `50%`; which of the two sides it is of is `exact`. */
  amount: z.string().max(100).optional(),
  exact: z.enum(['in', 'out']).optional(),
  token_in: z.string().optional(),
  token_out: z.string().optional(),
  asset: z.string().optional(),
  token: z.string().optional(),
  spender: z.string().optional(),
  recipient: z.string().optional(),
  router_key: z.string().optional(),
  slippage_bps: z.int().min(0).max(10_000).optional(),
  deadline_seconds: z.int().min(1).optional(),
})
export type ProposedPlan = z.infer<typeof ProposedPlan>

export const Classification = z.object({
  mode: z.enum(['QUERY', 'ACTION', 'CLARIFY', 'GENERAL']),
  intent_type: z.string().nullable(),
  confidence: z.number().min(0).max(1),
  slots: z.partialRecord(SlotName, z.string()),
  missing_slots: z.array(SlotName),
  reason: z.string(),
})
export type Classification = z.infer<typeof Classification>
