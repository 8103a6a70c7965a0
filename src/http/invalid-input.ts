import type { z } from 'zod'

/** What zod found wrong with a request, before it is put into a route's words. */
export class InvalidInput extends Error {
  override readonly name = 'InvalidInput'
  readonly issues: readonly z.core.$ZodIssue[]
  readonly input: unknown

  constructor(issues: readonly z.core.$ZodIssue[], input: unknown) {
    super('request failed validation')
    this.issues = issues
    this.input = input
  }
}
