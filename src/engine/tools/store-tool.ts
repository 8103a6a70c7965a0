import { describeChanges } from '../../kernel/audit/describe-changes.ts'
import { appendAudit } from '../../kernel/audit/record-audit.ts'
import type { Context } from '../../kernel/context.ts'
import type { LedgerTransaction } from '../../kernel/ledger/ledger.ts'
import type { Tool } from './schema.ts'
import { lockTool, upsertTool } from './tool-rows.ts'

/** Creates a tool or replaces the one with its id, and records what changed. */
export async function storeTool(
  transaction: LedgerTransaction,
  context: Context,
  tool: Parameters<typeof upsertTool>[2],
): Promise<{ tool: Tool; created: boolean }> {
  const { tenantId } = context.principal
  const before = await lockTool(transaction, tenantId, tool.id)
  const stored = await upsertTool(transaction, tenantId, tool, new Date(context.clock.now()))
  await appendAudit(transaction, context, {
    action: before ? 'update' : 'create',
    resourceType: 'tool',
    resourceId: tool.id,
    changes: describeChanges(before, stored.tool, {
      told: [
        'name',
        'description',
        'handler_type',
        'risk_level',
        'side_effects',
        'recovery',
        'timeout_ms',
        'input_schema',
        'output_schema',
      ],
      hashed: ['handler_config'],
    }),
  })
  return stored
}
