import type { Session } from '../../store/database.ts'
import type { DefinitionFault } from './validate-definition.ts'

type Reference = { id: string; path: string }
type References = { tool: Reference[]; agent: Reference[]; workflow: Reference[] }

/** What a definition names and this tenant does not have. */
export async function findMissingReferences(
  session: Session,
  tenantId: string,
  known: { builtInTools: ReadonlySet<string> },
  references: References,
): Promise<DefinitionFault[]> {
  const tools = references.tool.map(({ id, path }) => ({ id: withoutAlias(id), path }))
  const ids = (list: Reference[]) => list.map(({ id }) => id)
  const [row] = await session.query<{ tools: string[]; agents: string[]; workflows: string[] }>(
    `SELECT array(SELECT id FROM tools WHERE tenant_id = $1 AND id = ANY ($2)) AS tools,
       array(SELECT id FROM agents WHERE tenant_id = $1 AND id = ANY ($3)) AS agents,
       array(SELECT unnest(ARRAY[id, name]) FROM workflows WHERE tenant_id = $1 AND NOT archived AND (id = ANY ($4) OR name = ANY ($4))) AS workflows`,
    [tenantId, ids(tools), ids(references.agent), ids(references.workflow)],
  )
  const missing = (list: Reference[], found: ReadonlySet<string>, what: string, where: string) =>
    list
      .filter(({ id }) => !found.has(id))
      .map(({ id, path }) => ({
        path,
        message: `expected the id of ${what} that exists, got '${id}'; ${where} lists them`,
      }))
  return [
    ...missing(tools, new Set([...row!.tools, ...known.builtInTools]), 'a tool', 'GET /tools'),
    ...missing(references.agent, new Set(row!.agents), 'an agent', 'GET /agents'),
    ...missing(references.workflow, new Set(row!.workflows), 'a workflow', 'GET /workflows'),
  ]
}

/** `tool.ticketing.list_open` and `ticketing.list_open` are one tool. */
const withoutAlias = (toolId: string) => toolId.replace(/^(?:tool\.)+/, '')
