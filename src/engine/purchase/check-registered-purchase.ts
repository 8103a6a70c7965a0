import { APPROVAL_VOCABULARY } from '../../kernel/approvals/vocabulary.ts'
import { describeIssues, validationError } from '../../lib/validation.ts'
import { Purchase } from './schema.ts'

/** A payload sent with a registration, as the purchase it must be; null when none was sent. */
export function checkRegisteredPurchase(
  payload: Record<string, unknown> | null | undefined,
): Purchase | null {
  if (!payload) return null
  const input = { merchant: null, ...payload }
  const parsed = Purchase.safeParse(input)
  if (parsed.success) return parsed.data
  const faults = describeIssues(parsed.error.issues, input).map((fault) => ({
    ...fault,
    path: `payload.${fault.path}`,
  }))
  throw validationError(faults, APPROVAL_VOCABULARY)
}
