import { beginAttempts } from './begin-attempts.ts'
import type { ModelAnswer } from './read-answer.ts'
import { type ModelCall, sendRequest } from './send-request.ts'

/** All requests of a call as an agent makes them, but neither counted nor recorded. */
export async function callModel(call: ModelCall): Promise<ModelAnswer> {
  const attempts = beginAttempts(call)
  for (;;) {
    try {
      return await sendRequest(call, attempts)
    } catch (thrown) {
      const { error, waitMs } = attempts.next(thrown)
      if (waitMs === null) throw error
      await attempts.pause(waitMs)
    }
  }
}
