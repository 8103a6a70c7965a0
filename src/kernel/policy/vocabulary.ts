import type { ValidationVocabulary } from '../../lib/validation.ts'

/** How the faults of a policy are named. */
export const POLICY_VOCABULARY: ValidationVocabulary = {
  code: 'REQUEST_VALIDATION_ERROR',
  message: 'Policy failed validation',
  detailCode: (_path, type) =>
    type === 'missing'
      ? 'MISSING_REQUIRED_FIELD'
      : type === 'extra_forbidden'
        ? 'UNKNOWN_FIELD'
        : 'INVALID_POLICY',
}
