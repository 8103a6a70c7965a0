import { z } from 'zod'

/*
 * What the steps of a copilot run leave for those after them, under these names in `artifacts`. JSON only: amounts are
 * decimal strings of base units, addresses are hex, block numbers and times are numbers.
 */

/** An amount in base units: the digits of a uint256. */
export const BaseUnits = z.string().regex(/^(0|[1-9][0-9]{0,77})$/)
const SignedBaseUnits = z.string().regex(/^(0|-?[1-9][0-9]{0,77})$/)
export const AddressText = z.templateLiteral(
  ['0x', z.string().regex(/^[0-9a-fA-F]{40}$/)],
  'expected an address: it must start with 0x, and 40 hex digits follow',
)
const HexText = z.templateLiteral(['0x', z.string().regex(/^[0-9a-fA-F]*$/)])
const Block = z.int().nonnegative()
const Seconds = z.int().nonnegative()
const BasisPoints = z.int()

export const WalletSnapshot = z.object({
  chainId: z.int().positive(),
  walletAddress: AddressText,
  native: z.object({ balanceWei: BaseUnits }),
  erc20: z.array(
    z.object({
      token: AddressText,
      symbol: z.string(),
      decimals: z.int().min(0).max(255),
      balance: BaseUnits,
    }),
  ),
  allowances: z
    .array(z.object({ token: AddressText, spender: AddressText, allowance: BaseUnits }))
    .default([]),
  blockNumber: Block.optional(),
  /** In seconds, by the clock of the chain. */
  blockTime: Seconds.optional(),
  /** What could not be read, while the rest could. */
  errors: z
    .array(z.object({ token: AddressText, spender: AddressText.optional(), message: z.string() }))
    .optional(),
})
export type WalletSnapshot = z.infer<typeof WalletSnapshot>

export const TransactionKind = z.enum(['APPROVE', 'SWAP', 'TRANSFER', 'REVOKE', 'WRAP', 'UNWRAP'])
export type TransactionKind = z.infer<typeof TransactionKind>

/**
 * What a builder says that it built. `data` is what counts: checks decode it and compare. A token is named by its
 * symbol in the registry or its address, a spender by its address or the key of a router.
 */
export const TransactionMeta = z.looseObject({
  kind: TransactionKind,
  token: z.string().optional(),
  spender: z.string().optional(),
  recipient: z.string().optional(),
  amount: z.string().optional(),
  amountBaseUnits: BaseUnits.optional(),
  tokenIn: z.string().optional(),
  tokenOut: z.string().optional(),
  amountIn: z.string().optional(),
  amountInBaseUnits: BaseUnits.optional(),
  /** With an exact output: what comes, while `amountInBaseUnits` is the most that may go. */
  amountOut: z.string().optional(),
  amountOutBaseUnits: BaseUnits.optional(),
  minOut: BaseUnits.optional(),
  slippageBps: BasisPoints.optional(),
  deadlineSeconds: Seconds.optional(),
  /** The second, in the time of the chain, until which a swap holds. */
  deadline: Seconds.optional(),
  routerKey: z.string().optional(),
  path: z.array(AddressText).optional(),
})
export type TransactionMeta = z.infer<typeof TransactionMeta>

/** `data` is any text here, because that it is proper hex is a check of its own. */
export const TxRequest = z.object({
  txRequestId: z.string().min(1),
  chainId: z.int().positive(),
  to: AddressText,
  data: z.string(),
  valueWei: BaseUnits,
  meta: TransactionMeta,
})
export type TxRequest = z.infer<typeof TxRequest>

/** Where a value of a plan comes from. Only a person's own words, what they answered and their address book count. */
const SlotSource = z.object({
  from: z.enum(['message', 'answer', 'address_book', 'default', 'model']),
  /** The words themselves, as they stand in the message or answer. */
  text: z.string(),
})
const Sources = z.partialRecord(
  z.enum([
    'amount_in',
    'amount_out',
    'token_in',
    'token_out',
    'token',
    'asset',
    'amount',
    'recipient',
    'spender',
    'router_key',
    'slippage_bps',
    'deadline_seconds',
  ]),
  SlotSource,
)

const planned = { sources: Sources.default({}) }

/** What the person wants, with every value settled. Tokens are symbols of the registry, routers its keys. */
export const PlannedAction = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('SWAP'),
    tokenIn: z.string(),
    tokenOut: z.string(),
    /** Which side was asked for; the other follows from the quote. */
    exact: z.enum(['in', 'out']),
    amountBaseUnits: BaseUnits,
    slippageBps: BasisPoints.optional(),
    deadlineSeconds: Seconds.optional(),
    routerKey: z.string(),
    /** Only where somebody else is to receive. */
    recipient: AddressText.optional(),
    /** Where a token keeps a part of each transfer: by the functions that measure what arrives. */
    feeOnTransfer: z.literal(true).optional(),
    ...planned,
  }),
  z.object({
    kind: z.literal('TRANSFER'),
    token: z.string(),
    amountBaseUnits: BaseUnits,
    recipient: AddressText,
    ...planned,
  }),
  z.object({
    kind: z.literal('APPROVE'),
    token: z.string(),
    spender: AddressText,
    amountBaseUnits: BaseUnits,
    ...planned,
  }),
  z.object({ kind: z.literal('REVOKE'), token: z.string(), spender: AddressText, ...planned }),
  z.object({ kind: z.literal('WRAP'), amountBaseUnits: BaseUnits, ...planned }),
  z.object({ kind: z.literal('UNWRAP'), amountBaseUnits: BaseUnits, ...planned }),
])
export type PlannedAction = z.infer<typeof PlannedAction>

export const TxPlan = z.object({
  type: z.enum(['noop', 'plan']),
  reason: z.string().optional(),
  /** Nothing here ever broadcasts: a plan that says so is blocked. */
  broadcast: z.boolean().optional(),
  actions: z.array(PlannedAction).default([]),
  candidates: z.array(TxRequest).default([]),
})
export type TxPlan = z.infer<typeof TxPlan>

export const Quote = z.object({
  router: AddressText,
  routerKey: z.string(),
  exact: z.enum(['in', 'out']).optional(),
  path: z.array(AddressText),
  /** With an exact output this is what the quote takes, and `maxIn` the most that may go. */
  amountIn: BaseUnits,
  amountsOut: z.array(BaseUnits),
  /** Where a token keeps a part of each transfer: what arrived of it in a trial. `minOut` follows from this. */
  arrives: BaseUnits.optional(),
  minOut: BaseUnits,
  maxIn: BaseUnits.optional(),
  slippageBps: BasisPoints,
  blockNumber: Block,
  /** How much worse than the price of the pools, their fee not counted; null where reserves could not be read. */
  priceImpactBps: BasisPoints.nullable().optional(),
})
export type Quote = z.infer<typeof Quote>

/** What an account has more or less of afterwards. `native` is the chain's own coin. */
export const AssetChange = z.object({
  address: AddressText,
  token: z.union([AddressText, z.literal('native')]),
  delta: SignedBaseUnits,
})
export type AssetChange = z.infer<typeof AssetChange>

/** What a spender may take of the wallet, before and after. Null is what could not be read. */
export const AllowanceChange = z.object({
  token: AddressText,
  spender: AddressText,
  before: BaseUnits.nullable(),
  after: BaseUnits.nullable(),
})
export type AllowanceChange = z.infer<typeof AllowanceChange>

export const SimulationLog = z.object({ address: AddressText, topics: z.array(HexText), data: HexText })
export type SimulationLog = z.infer<typeof SimulationLog>

export const SimulationResult = z.object({
  txRequestId: z.string(),
  success: z.boolean(),
  assumed_success: z.boolean().default(false),
  assumption_reason: z.string().optional(),
  gasEstimate: BaseUnits.nullable().default(null),
  /** The estimate with a margin: what the wallet must be able to pay for. */
  gasLimit: BaseUnits.nullable().optional(),
  /** What gas costs: of EIP-1559, or the older single price. In wei for one unit of gas. */
  fee: z
    .object({
      maxFeePerGas: BaseUnits.optional(),
      maxPriorityFeePerGas: BaseUnits.optional(),
      gasPrice: BaseUnits.optional(),
    })
    .nullable()
    .default(null),
  error: z.string().nullable().default(null),
  /** Absent where the engine gives none. */
  logs: z.array(SimulationLog).optional(),
  assetChanges: z.array(AssetChange).optional(),
  allowanceChanges: z.array(AllowanceChange).optional(),
})
export type SimulationResult = z.infer<typeof SimulationResult>

export const Simulation = z.object({
  status: z.enum(['completed', 'skipped']),
  mode: z.enum(['single', 'sequential']).optional(),
  sequence: z.array(z.string()).default([]),
  override_support: z.enum(['simulate_v1', 'code_override', 'slot_override', 'unsupported']).optional(),
  overrides_used: z.boolean().optional(),
  engine: z.string().optional(),
  results: z.array(SimulationResult).default([]),
  summary: z.object({ num_success: z.int(), num_failed: z.int() }).optional(),
  /** Over all transactions together. Absent where the engine gives none. */
  assetChanges: z.array(AssetChange).optional(),
  blockNumber: Block.optional(),
  /** In seconds, of the block that was simulated. */
  blockTime: Seconds.optional(),
})
export type Simulation = z.infer<typeof Simulation>

export const CheckStatus = z.enum(['PASS', 'WARN', 'FAIL', 'UNKNOWN'])
export const Check = z.object({
  id: z.string(),
  title: z.string(),
  status: CheckStatus,
  reason: z.string(),
  metadata: z.record(z.string(), z.json()),
})
export type Check = z.infer<typeof Check>

export const PolicyResult = z.object({ checks: z.array(Check) })
export type PolicyResult = z.infer<typeof PolicyResult>

export const Severity = z.enum(['LOW', 'MED', 'HIGH'])
export type Severity = z.infer<typeof Severity>

/** `ALLOW` is reserved: a human is always asked. */
export const CopilotDecision = z.object({
  action: z.enum(['ALLOW', 'NEEDS_APPROVAL', 'BLOCK']),
  risk_score: z.int().min(0).max(100),
  severity: Severity,
  summary: z.string(),
  reasons: z.array(z.string()),
})
export type CopilotDecision = z.infer<typeof CopilotDecision>

/** What the planner, the security evaluation and the judge each say of their part. */
const agentResult = <Output extends z.ZodType>(output: Output) =>
  z.object({
    agent: z.enum(['planner', 'security', 'judge']),
    step_name: z.string(),
    version: z.literal(1),
    status: z.enum(['OK', 'WARN', 'BLOCK', 'ERROR']),
    output,
    explanation: z.object({
      summary: z.string(),
      assumptions: z.array(z.string()),
      why_safe: z.array(z.string()),
      risks: z.array(z.object({ severity: Severity, title: z.string(), detail: z.string() })),
      next_steps: z.array(z.string()),
    }),
    confidence: z.number().min(0).max(1).nullable(),
    sources: z.array(z.string()),
    errors: z.array(z.string()).nullable(),
    created_at: z.iso.datetime(),
  })

export const JudgeIssue = z.object({
  code: z.string(),
  severity: Severity,
  message: z.string(),
  data: z.record(z.string(), z.json()),
})
export type JudgeIssue = z.infer<typeof JudgeIssue>
export const JudgeOutput = z.object({
  verdict: z.enum(['PASS', 'NEEDS_REWORK', 'BLOCK']),
  reasoning_summary: z.string(),
  issues: z.array(JudgeIssue),
})
export type JudgeOutput = z.infer<typeof JudgeOutput>

export const PlannerResult = agentResult(z.object({ tx_plan: TxPlan }))
export type PlannerResult = z.infer<typeof PlannerResult>
export const SecurityResult = agentResult(
  z.object({ checks: z.array(Check), decision: CopilotDecision.optional() }),
)
export type SecurityResult = z.infer<typeof SecurityResult>
export const JudgeResult = agentResult(JudgeOutput)
export type JudgeResult = z.infer<typeof JudgeResult>

const Signal = z.object({ status: z.enum(['OK', 'WARN', 'FAIL', 'SKIPPED']), summary: z.string() })
export const ConsensusSummary = z.object({
  title: z.string(),
  verdict: z.string(),
  signals: z.object({ Planner: Signal, Policy: Signal, Security: Signal, Judge: Signal }),
  recommended_next_ui: z.enum(['approve', 'clarify', 'explain']),
})
export type ConsensusSummary = z.infer<typeof ConsensusSummary>

export const TimelineEntry = z.object({
  step: z.string(),
  status: z.string(),
  title: z.string(),
  summary: z.string(),
  attempt: z.int().positive().optional(),
})
export type TimelineEntry = z.infer<typeof TimelineEntry>

export const NeedsInput = z.object({
  questions: z.array(z.string()),
  missing: z.array(z.string()),
  resume_from: z.string().optional(),
  data: z.record(z.string(), z.json()).default({}),
})
export type NeedsInput = z.infer<typeof NeedsInput>

/** Who read the words: the grammar, or a model whose every value stands in them. */
export const PlannerChoice = z.object({
  decided_by: z.enum(['grammar', 'model']),
  /** The model that was asked; null where none was. */
  model: z.string().nullable(),
  /** Why its plan was not taken; null where it was, or none was asked. */
  not_taken: z.string().nullable(),
})
export type PlannerChoice = z.infer<typeof PlannerChoice>

export const RepairContext = z.object({
  attempt: z.int().positive(),
  /** How many times a plan may be made in all. */
  max_attempts: z.int().positive(),
  issues: z.array(JudgeIssue),
  previous_plan: z.string(),
  simulation: z.string(),
})
export type RepairContext = z.infer<typeof RepairContext>

export const FinalStatus = z.enum(['READY', 'NEEDS_INPUT', 'BLOCKED', 'FAILED', 'NOOP'])
export type FinalStatus = z.infer<typeof FinalStatus>

/** All of them. Steps add to it; nothing is there from the start. */
export const Artifacts = z.looseObject({
  normalized_intent: z.string().optional(),
  attempt: z.int().positive().optional(),
  max_attempts: z.int().positive().optional(),
  user_inputs: z.record(z.string(), z.json()).optional(),
  wallet_snapshot: WalletSnapshot.optional(),
  tx_plan: TxPlan.optional(),
  planner_result: PlannerResult.optional(),
  planner: PlannerChoice.optional(),
  planner_warnings: z.array(z.string()).optional(),
  planner_fallback: z.boolean().optional(),
  tx_requests: z.array(TxRequest).optional(),
  quote: Quote.optional(),
  simulation: Simulation.optional(),
  policy_result: PolicyResult.optional(),
  decision: CopilotDecision.optional(),
  /** Until they are the word of SECURITY_EVAL. */
  security_checks: z.array(Check).optional(),
  security_result: SecurityResult.optional(),
  judge_result: JudgeResult.optional(),
  repair_next_step: z.enum(['REPAIR_PLAN_TX', 'FINALIZE']).optional(),
  repair_context: RepairContext.optional(),
  repair_summary: z.string().optional(),
  needs_input: NeedsInput.optional(),
  fatal_error: z.object({ code: z.string(), message: z.string() }).optional(),
  plan_hash: z.string().optional(),
  assistant_message: z.string().optional(),
  final_status_suggested: FinalStatus.optional(),
  consensus_summary: ConsensusSummary.optional(),
  finalize_summary: z.string().optional(),
  timeline: z.array(TimelineEntry).optional(),
})
export type Artifacts = z.infer<typeof Artifacts>
