import type { Check } from '../schema.ts'
import { broken, type Outcome, quotedReason } from './outcome.ts'
import type { Review } from './review.ts'

/** One check: a pure function of the review. */
export type CheckDefinition = { id: string; title: string; evaluate: (review: Review) => Outcome }

/** Every check gives a result. One that stumbles over its input says so, and scores like a warning. */
export function runChecks(definitions: readonly CheckDefinition[], review: Review): Check[] {
  return definitions.map(({ id, title, evaluate }) => ({ id, title, ...attempt(evaluate, review) }))
}

function attempt(evaluate: CheckDefinition['evaluate'], review: Review): Outcome {
  try {
    return evaluate(review)
  } catch (cause) {
    return broken(`The check could not be made: ${quotedReason((cause as Error).message)}.`)
  }
}
