import { z } from 'zod'
import { Answers, Classification, IntentType, SlotName } from '../planner/schema.ts'
import { CopilotStatus } from '../runs/schema.ts'
import { AddressText } from '../schema.ts'

const isText = (value: string) => value.isWellFormed() && !value.includes('\0')
const text = (max: number) =>
  z.string().max(max).refine(isText, { message: 'expected Unicode text without lone surrogates and NUL' })

export const ChatInput = z.strictObject({
  message: text(5000).regex(/\S/, { message: 'expected some words' }),
  conversation_id: text(256).min(1).nullish().describe('made up where it is left out'),
  message_id: text(64)
    .min(1)
    .nullish()
    .describe('sent again with the same id in its conversation, a message does nothing a second time'),
  wallet_address: AddressText.nullish().describe(
    '0x and 40 hexadecimal digits; a wrong checksum is put right',
  ),
  chain_id: z.int().min(1).nullish(),
  metadata: z
    .looseObject({
      history: z.array(z.json()).nullish().describe('is not read: only the message is'),
      defer_start: z.boolean().nullish().describe('make the run and do not start it'),
    })
    .nullish(),
})
export type ChatInput = z.infer<typeof ChatInput>

/** An action, or a question, that something is still missing of. */
export const Pending = z.object({
  kind: IntentType,
  /** What the person said, and what they answered since. */
  sentence: z.string(),
  answers: Answers,
  missing: z.array(SlotName),
  questions: z.array(z.string()),
  /** The run that asks, where one was made already. */
  run_id: z.string().nullable(),
  /** Which of its questions was shown: it may ask another one by now. */
  question_id: z.string().nullable(),
  /** The message that left it so, by the id that whoever said it gave. */
  message_id: z.string().nullish(),
})
export type Pending = z.infer<typeof Pending>

export const ChatAnswer = z.object({
  mode: Classification.shape.mode,
  assistant_message: z.string(),
  questions: z.array(z.string()),
  run_id: z.string().nullable(),
  run_ref: z.object({ id: z.string(), status: CopilotStatus, fetch_url: z.string() }).nullable(),
  data: z.record(z.string(), z.json()),
  next_ui: z.enum(['SHOW_APPROVAL_SCREEN']).nullable(),
  classification: Classification,
  conversation_id: z.string(),
  pending: z.boolean().describe('whether something said in this conversation waits for an answer'),
  pending_slots: z.partialRecord(SlotName, z.string()),
  suggestions: z.array(z.string()).describe('sentences that would be understood here'),
})
export type ChatAnswer = z.infer<typeof ChatAnswer>
