import type { ValidationVocabulary } from '../../lib/validation.ts'

const MISSING: Record<string, string> = {
  id: 'MISSING_EVENT_ID',
  run_id: 'MISSING_RUN_ID',
  timestamp: 'MISSING_TIMESTAMP',
  type: 'MISSING_EVENT_TYPE',
  actor: 'MISSING_ACTOR',
  approval: 'MISSING_APPROVAL',
  title: 'MISSING_TIMELINE_FIELDS',
  details: 'MISSING_TIMELINE_FIELDS',
}
const TOO_SHORT: Record<string, string> = {
  id: 'MISSING_EVENT_ID',
  run_id: 'MISSING_RUN_ID',
  title: 'MISSING_TIMELINE_FIELDS',
  details: 'MISSING_TIMELINE_FIELDS',
}
const LITERAL: Record<string, string> = {
  type: 'INVALID_EVENT_TYPE',
  actor: 'INVALID_ACTOR',
  risk_level: 'INVALID_RISK_LEVEL',
  'approval.status': 'INVALID_APPROVAL_STATUS',
  'evidence.*.kind': 'INVALID_EVIDENCE_KIND',
}

/** How the faults of an event are named. */
export const EVENT_VOCABULARY: ValidationVocabulary = {
  code: 'SCHEMA_VALIDATION_ERROR',
  message: 'Event payload failed schema validation',
  detailCode(path, type) {
    if (type === 'missing') return MISSING[path] ?? 'MISSING_REQUIRED_FIELD'
    if (type === 'extra_forbidden') return 'UNKNOWN_FIELD'
    if (type === 'string_too_short') return TOO_SHORT[path] ?? 'SCHEMA_VALIDATION_ERROR'
    if (type === 'literal_error') return LITERAL[path] ?? 'SCHEMA_VALIDATION_ERROR'
    if (path === 'timestamp' || path === 'approval.resolved_at') return 'INVALID_TIMESTAMP'
    if (path === 'confidence') {
      return type.endsWith('_equal') ? 'INVALID_CONFIDENCE_BOUNDS' : 'INVALID_CONFIDENCE_TYPE'
    }
    return 'SCHEMA_VALIDATION_ERROR'
  },
}
