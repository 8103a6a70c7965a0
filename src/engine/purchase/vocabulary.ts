import type { ValidationVocabulary } from '../../lib/validation.ts'

/** Maps, because a path comes from the request: `__proto__` and `constructor` are members of every object. */
const MISSING = new Map([
  ['intent', 'MISSING_INTENT'],
  ['context', 'MISSING_CONTEXT'],
  ['intent.action', 'MISSING_ACTION'],
  ['context.amount', 'MISSING_AMOUNT'],
  ['context.currency', 'MISSING_CURRENCY'],
])
const INVALID = new Map([
  ['intent', 'INVALID_INTENT'],
  ['context', 'INVALID_CONTEXT'],
  ['intent.action', 'UNSUPPORTED_ACTION'],
  ['context.amount', 'INVALID_AMOUNT'],
  ['context.currency', 'UNSUPPORTED_CURRENCY'],
  ['context.transport_decision_hint', 'INVALID_TRANSPORT_DECISION_HINT'],
])

/** How the faults of an authorize_action request are named. */
export const AUTHORIZE_ACTION_VOCABULARY: ValidationVocabulary = {
  code: 'REQUEST_VALIDATION_ERROR',
  message: 'authorize_action payload failed validation',
  detailCode: (path, type) =>
    (type === 'missing' ? MISSING.get(path) : type === 'extra_forbidden' ? undefined : INVALID.get(path)) ??
    'REQUEST_VALIDATION_ERROR',
}

/** How the faults of a mint or an execution are named. */
export const EXECUTION_VOCABULARY: ValidationVocabulary = {
  code: 'REQUEST_VALIDATION_ERROR',
  message: 'purchase.create payload failed validation',
  detailCode: (path, type) => AUTHORIZE_ACTION_VOCABULARY.detailCode(`context.${path}`, type),
}
