import type { Kernel } from '../kernel/context.ts'
import { auditProjection } from './audit/project-audit.ts'
import { createMeter, type Meter } from './metrics/meter.ts'
import { metricsProjection } from './metrics/project-metrics.ts'
import { catchUp, projectAllTenants } from './project-events.ts'

/** What the functions for whoever operates an installation are handed. */
export type Operations = {
  meter: Meter
  /** What was written until now can be read in every projection; with null those of all tenants. */
  catchUp(tenantId: string | null): Promise<void>
  /** The same in the background, for what is in the trees already. */
  catchUpAll(): Promise<void>
}

export function createOperations(kernel: Kernel): Operations {
  const projections = [auditProjection, metricsProjection]
  const meter = createMeter(kernel)
  return {
    meter,
    async catchUp(tenantId) {
      await meter.flush()
      await catchUp(kernel, tenantId, projections)
    },
    async catchUpAll() {
      await meter.flush()
      await projectAllTenants(kernel, projections)
    },
  }
}
