import type { Kernel } from '../kernel/context.ts'
import { auditProjection } from './audit/project-audit.ts'
import { catchUp, type Projection } from './project-events.ts'

/** What the functions for whoever operates an installation are handed. */
export type Operations = {
  projections: Projection[]
  /** What was written until now can be read in every projection. */
  catchUp(tenantId: string): Promise<void>
}

export function createOperations(kernel: Kernel): Operations {
  const projections = [auditProjection]
  return { projections, catchUp: (tenantId) => catchUp(kernel, tenantId, projections) }
}
