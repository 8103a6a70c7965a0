import type { Kernel } from '../../kernel/context.ts'
import { SYSTEM_ACTOR } from '../../kernel/schema.ts'
import type { Session } from '../../store/database.ts'
import { insertAgent } from '../agents/agent-rows.ts'
import { seedTickets } from '../tickets/seed-tickets.ts'
import { definitionHash } from '../workflows/save-workflow.ts'
import { insertVersion, insertWorkflow, type WorkflowRow } from '../workflows/workflow-rows.ts'
import { STARTER_AGENTS, STARTER_WORKFLOWS } from './starter-content.ts'

type Seeding = Pick<Kernel, 'database' | 'clock' | 'log'>

/**
 * Gives a tenant what every tenant begins with, once; a tenant that registered before there was anything gets it when
 * somebody of it first asks this process for something. No request fails for want of it: it is tried again at the next.
 */
export function makeSeeding(kernel: Seeding): (tenantId: string) => Promise<void> {
  const done = new Set<string>()
  const underWay = new Map<string, Promise<void>>()
  const seed = async (tenantId: string) => {
    try {
      await seedTenant(kernel, tenantId)
      if (done.size >= MAX_KNOWN) done.clear()
      done.add(tenantId)
    } catch (error) {
      kernel.log.warn({ error: (error as Error).message }, 'a tenant could not be given what it begins with')
    } finally {
      underWay.delete(tenantId)
    }
  }
  return (tenantId) => {
    if (done.has(tenantId)) return Promise.resolve()
    const known = underWay.get(tenantId)
    if (known) return known
    const seeding = seed(tenantId)
    underWay.set(tenantId, seeding)
    return seeding
  }
}

const MAX_KNOWN = 100_000

async function seedTenant({ database, clock }: Seeding, tenantId: string): Promise<void> {
  const at = new Date(clock.now())
  // Workflows and tickets may have been taken away on purpose; agents cannot be, so one of ours says that it has begun.
  const hasBegun = async (session: Session) => {
    const ours = STARTER_AGENTS.map(({ id }) => id)
    const found = await session.query('SELECT 1 FROM agents WHERE tenant_id = $1 AND id = ANY ($2) LIMIT 1', [
      tenantId,
      ours,
    ])
    return found.length > 0
  }
  await database.transaction(tenantId, async (session) => {
    if (await hasBegun(session)) return
    // Another process may be about to do the same: it waits here, then sees what this one did.
    await session.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [`begin ${tenantId}`])
    if (await hasBegun(session)) return
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
