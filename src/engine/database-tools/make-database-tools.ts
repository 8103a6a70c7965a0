import type { Clock } from '../../lib/clock.ts'
import type { Database } from '../../store/database.ts'
import { type BuiltInTool, ToolError, type ToolInvocation } from '../tools/tool-handler.ts'
import { CATALOGUE, TABLE_NAMES } from './catalogue.ts'
import { compileQuestion } from './compile-question.ts'
import { guardSelect } from './guard-select.ts'
import { guardWrite } from './guard-write.ts'
import { parseStatement } from './parse-statement.ts'
import { readInstruction } from './read-instruction.ts'
import { EXAMPLES } from './refuse-question.ts'
import { refuseSql } from './refuse-sql.ts'
import { MAX_ROWS, runSelect } from './run-select.ts'
import { executeWrite, previewWrite } from './run-write.ts'

const TIMEOUT_MS = 15_000
const MAX_WORDS = 1_000
const SCHEMA = TABLE_NAMES.map((name) => `${name}(${Object.keys(CATALOGUE[name].columns).join(', ')})`).join(
  '; ',
)
const WRITABLE = TABLE_NAMES.filter((name) => CATALOGUE[name].writable)

/** Questions to our own database and changes in it, by words or by SQL, of one tenant and of catalogued tables only. */
export function makeDatabaseTools(database: Database, clock: Clock): BuiltInTool[] {
  const now = () => new Date(clock.now())
  const readWrite = ({ input }: ToolInvocation) => {
    const { instruction, sql } = readEither(input, 'instruction')
    return guardWrite(sql === undefined ? readInstruction(instruction!, now()) : parseStatement(sql), now())
  }
  return [
    {
      tool: {
        id: 'natural_language_db_read',
        name: 'Ask the database',
        description: `Answers a question in English or Portuguese, such as "${EXAMPLES[0]}", by one SELECT; or runs a SELECT that is given as sql. A question that is not fully understood is refused. Days are days in UTC; a time by itself means created. Tables: ${SCHEMA}.`,
        input_schema: {
          type: 'object',
          properties: {
            question: { type: 'string', minLength: 1, maxLength: MAX_WORDS },
            sql: { type: 'string', minLength: 1, description: 'one SELECT, instead of a question' },
            limit: { type: 'integer', minimum: 1, maximum: MAX_ROWS },
          },
          additionalProperties: false,
        },
        output_schema: {
          type: 'object',
          required: ['sql', 'results', 'rowCount', 'truncated'],
          properties: {
            sql: { type: 'string', description: 'what was run; $1 is the tenant' },
            results: { type: 'array', items: { type: 'object' } },
            rowCount: { type: 'integer' },
            truncated: { type: 'boolean', description: 'whether there are more rows than were answered' },
          },
        },
        handler_config: {},
        risk_level: 'low',
        side_effects: ['database_read'],
        recovery: 'retry_with_key',
        timeout_ms: TIMEOUT_MS,
      },
      handler: async ({ input, principal }) => {
        const { question, sql } = readEither(input, 'question')
        const statement = sql === undefined ? compileQuestion(question!, now()) : parseStatement(sql)
        if (statement.type !== 'select')
          return refuseSql(`one SELECT is run; ${statement.type.toUpperCase()} came`)
        const limit = input.limit as number | undefined
        return runSelect(database, principal.tenantId, guardSelect(statement, now()), limit)
      },
    },
    {
      tool: {
        id: 'natural_language_db_write',
        name: 'Change the database',
        description: `Does one thing to ${WRITABLE.join(' or ')}, such as "assign ticket T-2 to maria", or one INSERT or UPDATE given as sql. It shows what would change and changes nothing until dryRun is false and confirm is true.`,
        input_schema: {
          type: 'object',
          properties: {
            instruction: { type: 'string', minLength: 1, maxLength: 10 * MAX_WORDS },
            sql: {
              type: 'string',
              minLength: 1,
              description: 'one INSERT or UPDATE, instead of an instruction',
            },
            dryRun: { type: 'boolean', default: true },
            confirm: { type: 'boolean', default: false },
          },
          additionalProperties: false,
        },
        output_schema: {
          type: 'object',
          required: ['preview', 'sql', 'rows'],
          properties: {
            preview: { type: 'boolean', description: 'true when nothing was changed' },
            sql: { type: 'string', description: '$1, $2 … are filled in by the program' },
            would_affect: { type: 'integer' },
            rowCount: { type: 'integer' },
            rows: { type: 'array', items: { type: 'object' } },
          },
        },
        handler_config: {},
        risk_level: 'high',
        side_effects: ['database_write'],
        recovery: 'retry_with_key',
        timeout_ms: TIMEOUT_MS,
      },
      handler: async (invocation) => {
        const confirmed = invocation.input.dryRun === false && invocation.input.confirm === true
        const run = confirmed ? executeWrite : previewWrite
        return run(database, clock, invocation, readWrite(invocation))
      },
      preview: async (invocation) => previewWrite(database, clock, invocation, readWrite(invocation)),
    },
  ]
}

/** Words or SQL: one of the two, so that it is never a question which of them was meant. */
function readEither<Words extends string>(input: ToolInvocation['input'], words: Words) {
  const given = [words, 'sql'].filter((name) => typeof input[name] === 'string')
  if (given.length !== 1)
    throw new ToolError(
      'invalid_input',
      `give either ${words} or sql; ${given.length === 0 ? 'none' : 'both'} came`,
    )
  return input as { [name in Words | 'sql']?: string }
}
