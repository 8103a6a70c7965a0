import type { Json } from '../../lib/canonical-json.ts'
import { type BuiltInTool, ToolError } from '../tools/tool-handler.ts'
import { refract } from './refract.ts'
import { refractToAtomic } from './refract-to-atomic.ts'
import { translate } from './translate.ts'

const text = { type: 'string', minLength: 1, maxLength: 50_000 }
const language = { type: 'string', enum: ['en', 'pt'] }

const plain = {
  output_schema: null,
  handler_config: {},
  risk_level: 'low',
  side_effects: [],
  recovery: 'retry_with_key',
  timeout_ms: 10_000,
} as const satisfies Partial<BuiltInTool['tool']>

/** Structure and translation of text without a model: the same text always gives the same answer, at no cost. */
export const languageTools: BuiltInTool[] = [
  {
    tool: {
      ...plain,
      id: 'tdln_t.refract',
      name: 'Refract text',
      description:
        'Takes a text apart into typed pieces, without losing anything, and as an atom with its hash.',
      input_schema: {
        type: 'object',
        properties: { text, language },
        required: ['text'],
        additionalProperties: false,
      },
      side_effects: [],
    },
    handler: async ({ input }) =>
      told(() => {
        const { text: sent, language: spoken } = input as { text: string; language?: 'en' | 'pt' }
        return {
          text: sent,
          atomic_format: refractToAtomic(sent, spoken) as unknown as Json,
          components: refract(sent, spoken) as unknown as Json,
        }
      }),
  },
  {
    tool: {
      ...plain,
      id: 'tdln_t.translate',
      name: 'Translate text',
      description:
        'Translates between English and Portuguese by dictionary and rules; words it does not know stay.',
      input_schema: {
        type: 'object',
        properties: {
          text,
          source_language: language,
          target_language: language,
          include_trace: { type: 'boolean' },
        },
        required: ['text', 'source_language', 'target_language'],
        additionalProperties: false,
      },
      side_effects: [],
    },
    handler: async ({ input }) =>
      told(() => {
        const {
          text: sent,
          source_language,
          target_language,
          include_trace,
        } = input as {
          text: string
          source_language: 'en' | 'pt'
          target_language: 'en' | 'pt'
          include_trace?: boolean
        }
        return translate(sent, source_language, target_language, {
          trace: include_trace ?? false,
        }) as unknown as Json
      }),
  },
]

function told(work: () => Json): Json {
  try {
    return work()
  } catch (error) {
    throw new ToolError('invalid_input', (error as Error).message, { cause: error })
  }
}
