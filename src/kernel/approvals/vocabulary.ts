import type { ValidationVocabulary } from '../../lib/validation.ts'

const RULES: Record<string, string> = {
  INVALID_APPROVAL_DECISION: 'RULE-GATE-004',
  MISSING_APPROVAL_DECISION: 'RULE-GATE-004',
  MISSING_APPROVER_ID: 'RULE-GATE-007',
  INVALID_APPROVER_ID: 'RULE-GATE-007',
}

/** How the faults of registering and resolving an approval are named. */
export const APPROVAL_VOCABULARY: ValidationVocabulary = {
  code: 'REQUEST_VALIDATION_ERROR',
  message: 'Approval request payload failed validation',
  detailCode(path, type) {
    if (path === 'decision')
      return type === 'missing' ? 'MISSING_APPROVAL_DECISION' : 'INVALID_APPROVAL_DECISION'
    if (path === 'approver_id') {
      return type === 'missing' || type === 'string_too_short' ? 'MISSING_APPROVER_ID' : 'INVALID_APPROVER_ID'
    }
    return 'REQUEST_VALIDATION_ERROR'
  },
  ruleOf: (code) => RULES[code],
}
