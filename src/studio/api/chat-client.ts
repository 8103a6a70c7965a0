import type { z } from 'zod'
import type { ChatAnswer, ChatInput } from '../../apps/copilot/chat/schema.ts'
import { ApiError, NoAnswerError } from './api-error.ts'
import { createEventParser } from './ledger-stream.ts'
import { requestStream } from './request.ts'

/** Planning and simulating may take a while where the chain is far away. */
const CHAT_LIMIT_MS = 90_000

/** How far an answer is, in the words of the server. */
export type ChatStatus = 'understood' | 'reading' | 'preparing'
type Listener = { onStatus(status: ChatStatus): void; onText(piece: string): void }

/**
 * Says something to the copilot and hears the answer as it comes.
 *
 * @throws ApiError when the server refuses, NoAnswerError when the connection ends before the answer does: the same message id
 * may be sent again.
 */
export async function sayToCopilot(
  body: z.input<typeof ChatInput>,
  { onStatus, onText }: Listener,
): Promise<ChatAnswer> {
  let answer: ChatAnswer | null = null
  let refusal: ApiError | null = null
  const parse = createEventParser(({ name, data }) => {
    const told = JSON.parse(data)
    if (name === 'status') onStatus(told.status)
    if (name === 'delta') onText(told.text)
    if (name === 'final') answer = told
    if (name === 'error') refusal = refusalOf(told)
  })
  const pieces = requestStream('/v1/chat/route/stream', { method: 'POST', body, limitMs: CHAT_LIMIT_MS })
  for await (const piece of pieces) parse(piece)
  if (refusal) throw refusal
  if (!answer) throw new NoAnswerError('the answer broke off')
  return answer
}

/** Within a stream a refusal has no status of its own. */
const refusalOf = ({ code, message }: { code: string; message: string }) =>
  new ApiError(code === 'INTERNAL_ERROR' ? 500 : 409, { code, message, details: [] }, null)
