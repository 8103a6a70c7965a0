import type { Answers } from './schema.ts'

/**
 * The answers of all rounds, later ones over earlier ones. Who says the sentence anew has said it all: what was answered to
 * the one before does not change the new one.
 */
export const addAnswers = (earlier: Answers, later: Answers): Answers =>
  later.intent === undefined ? { ...earlier, ...later } : { ...later }
