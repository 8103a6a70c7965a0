import type { ValidationVocabulary } from '../../lib/validation.ts'

/** How the faults of workflows, runs, tools and agents are named. */
export const WORKFLOW_VOCABULARY: ValidationVocabulary = {
  code: 'REQUEST_VALIDATION_ERROR',
  message: 'Request failed validation',
  detailCode: (path) => (path.startsWith('definition') ? 'INVALID_DEFINITION' : 'REQUEST_VALIDATION_ERROR'),
}
