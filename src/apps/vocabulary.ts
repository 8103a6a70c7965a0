import type { ValidationVocabulary } from '../lib/validation.ts'

/** How the faults of a manifest are named. */
export const MANIFEST_VOCABULARY: ValidationVocabulary = {
  code: 'INVALID_MANIFEST',
  message: 'The manifest cannot be imported',
  detailCode: () => 'INVALID_MANIFEST',
}
