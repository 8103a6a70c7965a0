import { randomUUID } from 'node:crypto'
import { describeChanges } from '../../kernel/audit/describe-changes.ts'
import { appendAudit } from '../../kernel/audit/record-audit.ts'
import type { Context } from '../../kernel/context.ts'
import { listPolicies } from '../../kernel/policy/policy-rows.ts'
import { AppError } from '../../lib/errors.ts'
import { listToolIds } from '../tools/tool-rows.ts'
import { checkJsonSchema } from '../tools/validate-json-schema.ts'
import { lockAgent, upsertAgent } from './agent-rows.ts'
import type { Agent, AgentInput } from './schema.ts'

/**
 * Creates an agent, or replaces the one with this id.
 *
 * @throws AppError 422 when it names tools or policies that do not exist, or its output_schema is none.
 */
export async function saveAgent(
  context: Context,
  known: { builtInTools: ReadonlySet<string> },
  input: AgentInput,
): Promise<{ agent: Agent; created: boolean }> {
  const { ledger, principal, clock } = context
  const { tenantId } = principal
  return ledger.transaction(tenantId, async (session) => {
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
    const attachable = input.default_policies.length > 0 ? await listPolicies(session, tenantId) : []
    const policies = new Set(attachable.map(({ id }) => id))
    for (const [index, id] of input.default_policies.entries()) {
      if (policies.has(id)) continue
      details.push(
        fault(
          `default_policies.${index}`,
          `expected the id of a policy that exists, got '${id}'; GET /api/v1/policies lists them`,
        ),
      )
    }
    for (const { path, message } of input.output_schema ? checkJsonSchema(input.output_schema) : []) {
      details.push(fault(['output_schema', path].filter(Boolean).join('.'), message))
    }
    if (details.length > 0) {
      throw new AppError({ code: 'INVALID_AGENT', status: 422, message: 'The agent has a fault', details })
    }
    const agent = { ...input, id: input.id ?? randomUUID() }
    const before = await lockAgent(session, tenantId, agent.id)
    const stored = await upsertAgent(session, tenantId, agent, new Date(clock.now()))
    await appendAudit(session, context, {
      action: before ? 'update' : 'create',
      resourceType: 'agent',
      resourceId: agent.id,
      changes: describeChanges(before, stored.agent, {
        told: [
          'name',
          'description',
          'instructions',
          'model_profile',
          'allowed_tools',
          'default_policies',
          'output_schema',
        ],
      }),
    })
    return stored
  })
}

const fault = (path: string, message: string) => ({
  path,
  message,
  type: 'value_error',
  code: 'INVALID_AGENT',
})
