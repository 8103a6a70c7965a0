import { definitionHash } from '../../engine/workflows/save-workflow.ts'
import type { Json } from '../../lib/canonical-json.ts'
import { COPILOT_WORKFLOW } from './workflow.ts'

/** Of the pipeline as this version of the program has it: part of what an approval binds. */
export const COPILOT_DEFINITION_SHA256 = definitionHash(COPILOT_WORKFLOW as unknown as Json)
