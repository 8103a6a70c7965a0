import type { Ledger } from '../../kernel/ledger/ledger.ts'
import type { LedgerEvent } from '../../kernel/ledger/seal-event.ts'
import type { Logger } from '../../lib/logger.ts'

/** Writes a line for every event that this process commits: what happened and where, never what it carries. */
export function logEvents(ledger: Ledger, log: Logger): () => void {
  return ledger.subscribe((events) => {
    for (const event of events) log.debug(describe(event), 'event')
  })
}

function describe({ runId, tenantId, seq, kind, payload }: LedgerEvent): object {
  return {
    run_id: runId,
    ...namesIn(payload, ['step_id', 'call_id', 'tool_id', 'agent_id', 'decision_id', 'effect_id']),
    tenant_id: tenantId,
    seq,
    kind,
  }
}

const namesIn = (payload: object, names: string[]) =>
  Object.fromEntries(
    Object.entries(payload).filter(([name, value]) => names.includes(name) && typeof value === 'string'),
  )
