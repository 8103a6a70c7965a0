import { randomUUID } from 'node:crypto'
import type { Context } from '../../kernel/context.ts'
import { AppError } from '../../lib/errors.ts'
import { listToolIds } from '../tools/tool-rows.ts'
import { checkJsonSchema } from '../tools/validate-json-schema.ts'
import { upsertAgent } from './agent-rows.ts'
import type { Agent, AgentInput } from './schema.ts'

/**
 * Creates an agent, or replaces the one with this id.
 *
 * @throws AppError 422 when it names tools that do not exist, or its output_schema is none.
 */
export async function saveAgent(
  { database, principal, clock }: Context,
  known: { builtInTools: ReadonlySet<string> },
  input: AgentInput,
): Promise<{ agent: Agent; created: boolean }> {
  const { tenantId } = principal
  return database.transaction(tenantId, async (session) => {
    const own = new Set(await listToolIds(session, tenantId, input.allowed_tools))
    const details = input.allowed_tools.flatMap((id, index) =>
      own.has(id) || known.builtInTools.has(id)
        ? []
        : [
            fault(
              `allowed_tools.${index}`,
              `expected the id of a tool that exists, got '${id}'; GET /tools lists them`,
            ),
          ],
    )
    for (const { path, message } of input.output_schema ? checkJsonSchema(input.output_schema) : []) {
      details.push(fault(['output_schema', path].filter(Boolean).join('.'), message))
    }
    if (details.length > 0) {
      throw new AppError({ code: 'INVALID_AGENT', status: 422, message: 'The agent has a fault', details })
    }
    return upsertAgent(session, tenantId, { ...input, id: input.id ?? randomUUID() }, new Date(clock.now()))
  })
}

const fault = (path: string, message: string) => ({
  path,
  message,
  type: 'value_error',
  code: 'INVALID_AGENT',
})
