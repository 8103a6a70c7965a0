import { z } from 'zod'
import { SlotName } from '../planner/schema.ts'
import { AddressText, Artifacts, FinalStatus, TxRequest } from '../schema.ts'
import { LeftoverAllowance, Realised } from '../tracking/schema.ts'

/** How far a run of the copilot is. */
export const CopilotStatus = z.enum([
  'CREATED',
  'RUNNING',
  'PAUSED',
  'NEEDS_INPUT',
  'AWAITING_APPROVAL',
  'APPROVED_READY',
  'SUBMITTED',
  'CONFIRMED',
  'REVERTED',
  'FAILED',
  'REJECTED',
  'BLOCKED',
  'NOOP',
])
export type CopilotStatus = z.infer<typeof CopilotStatus>

const isText = (value: string) => value.isWellFormed() && !value.includes('\0')
const ofText = { message: 'expected Unicode text without lone surrogates and NUL' }
const text = (max: number) => z.string().min(1).max(max).refine(isText, ofText)

export const CreateRunInput = z.strictObject({
  intent: z.string().regex(/\S/, { message: 'expected some words' }).max(5000).refine(isText, ofText),
  walletAddress: AddressText.describe('0x and 40 hexadecimal digits; a wrong checksum is put right'),
  chainId: z.int().min(1),
  conversationId: text(256).nullish(),
})
export type CreateRunInput = z.infer<typeof CreateRunInput>

const SLOTS: ReadonlySet<string> = new Set(SlotName.options)

export const AnswersInput = z.strictObject({
  answers: z
    .record(z.string().min(1).max(100), z.union([text(1000), z.number()]))
    .superRefine((answers, context) => {
      for (const slot of Object.keys(answers).filter((name) => !SLOTS.has(name)))
        context.addIssue({
          code: 'custom',
          path: [slot],
          message: `expected the name of a slot, one of ${SlotName.options.join(', ')}`,
        })
    }),
  question_id: text(256)
    .nullish()
    .describe('the question that is answered; without it the one that stands when the answer comes'),
  metadata: z.record(z.string(), z.json()).nullish(),
})

export const ApproveInput = z.strictObject({
  reviewer: text(128).nullish(),
  notes: z.string().max(2000).nullish(),
  plan_hash: z.string().max(100).nullish().describe('the plan that the approver saw; another one is refused'),
})
export const RejectInput = z.strictObject({
  reviewer: text(128).nullish(),
  reason: z.string().max(2000).nullish(),
})

/** 4,096 bytes in hexadecimal digits (EIP-5792). */
const LONGEST_CALLS_ID = 8_194

export const TxHash = z.string().regex(/^0x[0-9a-fA-F]{64}$/, 'expected 0x and 64 hexadecimal digits')
export const SubmittedInput = z
  .strictObject({
    txHash: TxHash,
    submittedBy: z.enum(['metamask', 'walletconnect', 'manual', 'dev_wallet']).default('manual'),
    txRequestId: text(100).nullish().describe('the transaction of the plan that it is'),
    txRequestIds: z
      .array(text(100))
      .min(1)
      .max(20)
      .refine((ids) => new Set(ids).size === ids.length, { message: 'expected each id once' })
      .nullish()
      .describe('instead: those that the wallet made in this one transaction, in their order'),
    callsId: text(LONGEST_CALLS_ID)
      .nullish()
      .describe('by which the wallet knows the batch that it took (EIP-5792)'),
  })
  .refine(({ txRequestId, txRequestIds }) => !txRequestId || !txRequestIds, {
    path: ['txRequestIds'],
    message: 'expected txRequestId or txRequestIds, not both',
  })
export type SubmittedInput = z.infer<typeof SubmittedInput>

export const TxState = z.enum([
  'PENDING',
  'MINED',
  'CONFIRMED',
  'REVERTED',
  'REPLACED',
  'CANCELLED',
  'DROPPED',
  'MISMATCH',
])
export type TxState = z.infer<typeof TxState>

export const SubmittedTransaction = z.object({
  txRequestId: z.string(),
  hash: z.string(),
  state: TxState,
  submitted_by: z.string(),
  batch: z
    .object({ position: z.int().describe('from 0'), size: z.int() })
    .nullable()
    .describe('where among the requests that one transaction carries; null where it carries this one alone'),
  calls_id: z.string().nullable().describe('by which the wallet knows the batch that it took (EIP-5792)'),
  detail: z.record(z.string(), z.json()),
  submitted_at: z.string(),
  updated_at: z.string(),
})
export type SubmittedTransaction = z.infer<typeof SubmittedTransaction>

/** How the plan came out, and once the run has ended how the run did. */
const RunOutcome = z.enum([...FinalStatus.options, 'CONFIRMED', 'REVERTED', 'REJECTED'])
export type RunOutcome = z.infer<typeof RunOutcome>

/** What the steps left, the hashes that were reported, and what the mined transactions did. */
export const RunArtifacts = Artifacts.extend({
  txs: z.array(SubmittedTransaction).optional(),
  realised: Realised.optional(),
  leftover_allowances: z.array(LeftoverAllowance).optional(),
})
export type RunArtifacts = z.infer<typeof RunArtifacts>

export const CopilotRun = z.object({
  id: z.string(),
  intent: z.string(),
  wallet_address: z.string(),
  chain_id: z.number(),
  conversation_id: z.string().nullable(),
  status: CopilotStatus,
  final_status: RunOutcome.nullable(),
  error_code: z.string().nullable(),
  error_message: z.string().nullable(),
  current_step: z.string().nullable(),
  question_id: z.string().nullable().describe('the question that waits for an answer'),
  next_step: z.string().nullable().describe('what there is to do now; null where nothing is'),
  created_at: z.string(),
  updated_at: z.string(),
  artifacts: RunArtifacts.optional(),
})
export type CopilotRun = z.infer<typeof CopilotRun>

/** What starting and answering tell. */
export const RunAnswer = z.object({
  ok: z.boolean(),
  runId: z.string(),
  status: CopilotStatus,
  final_status: RunOutcome.nullable(),
  error_code: z.string().nullable(),
  error_message: z.string().nullable(),
  question_id: z.string().nullable().describe('the question that waits for an answer'),
  artifacts: RunArtifacts,
})

export const ExecuteAnswer = z.object({
  ok: z.boolean(),
  runId: z.string(),
  status: CopilotStatus,
  plan_hash: z.string(),
  handed_out_before: z.boolean().describe('a wallet may have sent them already'),
  tx_requests: z.array(TxRequest),
  tx_request: TxRequest,
})

/** One step of the pipeline, as it ran. */
export const CopilotStep = z.object({
  id: z.string(),
  run_id: z.string(),
  step_name: z.string(),
  agent: z.string(),
  status: z.enum(['STARTED', 'DONE', 'FAILED', 'SKIPPED']),
  input: z.json(),
  output: z.json(),
  error: z.string().nullable(),
  started_at: z.string(),
  ended_at: z.string().nullable(),
})
export type CopilotStep = z.infer<typeof CopilotStep>

export const CopilotToolCall = z.object({
  id: z.string(),
  run_id: z.string(),
  step_id: z.string().nullable(),
  tool_name: z.string(),
  request: z.json(),
  response: z.json(),
  error: z.string().nullable(),
  started_at: z.string(),
  ended_at: z.string(),
})
export type CopilotToolCall = z.infer<typeof CopilotToolCall>
