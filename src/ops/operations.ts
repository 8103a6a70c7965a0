import type { Kernel } from '../kernel/context.ts'
import { shareTenantReads } from '../lib/share-reads.ts'
import type { ChannelSettings } from './alerts/destinations.ts'
import { auditProjection } from './audit/project-audit.ts'
import { createMeter, type Meter } from './metrics/meter.ts'
import { createMetricsProjection } from './metrics/project-metrics.ts'
import { policyUseProjection } from './policies/project-policy-use.ts'
import { catchUp, projectAllTenants } from './project-events.ts'

export type OperationsSettings = {
  /** How often alerts are looked at; 0 means only when somebody asks. */
  alertIntervalMs: number
  /** How long resolved alerts are kept. */
  historyDays: number
  channels: ChannelSettings
}

/** What the functions for whoever operates an installation are handed. */
export type Operations = {
  kernel: Kernel
  settings: OperationsSettings
  meter: Meter
  /** What was written until now can be read in every projection; with null those of all tenants. Who comes together shares one. */
  catchUp(tenantId: string | null): Promise<void>
  /** The same in the background, for what is in the trees already. */
  catchUpAll(): Promise<void>
}

/** No tenant has an empty name. */
const ALL_TENANTS = ''

export function createOperations(kernel: Kernel, settings: OperationsSettings): Operations {
  const projections = [auditProjection, createMetricsProjection(settings.channels), policyUseProjection]
  const meter = createMeter(kernel)
  const catchUpOnce = shareTenantReads(async (tenantId) => {
    await meter.flush()
    await catchUp(kernel, tenantId === ALL_TENANTS ? null : tenantId, projections)
    return new Map<string, void>()
  })
  return {
    kernel,
    settings,
    meter,
    catchUp: (tenantId) => catchUpOnce(tenantId ?? ALL_TENANTS, ''),
    async catchUpAll() {
      await meter.flush()
      await projectAllTenants(kernel, projections)
    },
  }
}
