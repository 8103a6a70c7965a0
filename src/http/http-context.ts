import type { ServerResponse } from 'node:http'
import type { Copilot } from '../apps/copilot/copilot.ts'
import type { PurchaseConnector } from '../engine/purchase/connector.ts'
import type { Engine } from '../engine/runs/engine.ts'
import type { Identity } from '../identity/context.ts'
import type { Oidc } from '../identity/oidc.ts'
import type { Context, Kernel } from '../kernel/context.ts'
import type { Principal } from '../kernel/schema.ts'
import type { Operations } from '../ops/operations.ts'
import type { RateLimits } from './rate-limits.ts'

/** What the routes are handed. */
export type HttpContext = {
  kernel: Kernel
  identity: Identity
  engine: Engine
  operations: Operations
  copilot: Copilot
  /** Sees to it that a tenant has what it begins with. */
  seedTenant(tenantId: string): Promise<void>
  purchaseConnector: PurchaseConnector
  /** The administrator of a loopback installation without a secret; null where everybody must show a credential. */
  localPrincipal: Principal | null
  /** What the command line of the same folder shows instead of a credential. */
  localSecret: string | null
  corsOrigins: string[]
  /** Proxies whose word on the caller's address is taken. */
  trustedProxies: string[]
  rateLimits: RateLimits
  /** Sign-in at an OpenID provider, where one is configured. */
  oidc: Oidc | null
  version: string
  /** The address users reach this server by, when it is set. */
  publicUrl: string | undefined
  /** Folder of the built Studio. While it has no index.html it is still being built, and the page says so. */
  studio: { directory: string }
  production: boolean
  /** Streams of events that are open: they end by themselves with nothing, so closing ends them. */
  openStreams: Set<ServerResponse>
}

export const contextOf = (kernel: Kernel, principal: Principal): Context => ({ ...kernel, principal })
