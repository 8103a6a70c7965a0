import type { Kernel } from '../../kernel/context.ts'
import { SYSTEM_ACTOR } from '../../kernel/schema.ts'
import { insertAgent } from '../agents/agent-rows.ts'
import { seedTickets } from '../tickets/seed-tickets.ts'
import { definitionHash } from '../workflows/save-workflow.ts'
import { insertVersion, insertWorkflow, type WorkflowRow } from '../workflows/workflow-rows.ts'
import { STARTER_AGENTS, STARTER_WORKFLOWS } from './starter-content.ts'

/** Gives a new tenant what every tenant begins with; one that has begun is left alone. */
export async function seedTenant(
  { database, clock }: Pick<Kernel, 'database' | 'clock'>,
  tenantId: string,
): Promise<void> {
  const at = new Date(clock.now())
  await database.transaction(tenantId, async (session) => {
    const [known] = await session.query('SELECT 1 FROM agents WHERE tenant_id = $1 LIMIT 1', [tenantId])
    if (known) return
    await seedTickets(session, tenantId)
    for (const agent of STARTER_AGENTS) await insertAgent(session, tenantId, agent, at)
    for (const { id, name, type, definition } of STARTER_WORKFLOWS) {
      const row: WorkflowRow = {
        id,
        name,
        version: '1.0.0',
        revision: 1,
        type,
        definition,
        definition_sha256: definitionHash(definition),
        archived: false,
        created_at: at,
        updated_at: at,
      }
      if (await insertWorkflow(session, tenantId, row))
        await insertVersion(session, tenantId, row, SYSTEM_ACTOR)
    }
  })
}
