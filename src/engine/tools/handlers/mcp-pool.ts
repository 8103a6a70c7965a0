import { payloadHash } from '../../../lib/hash.ts'
import { ToolError } from '../tool-handler.ts'
import type { McpServerConfig } from './check-mcp-config.ts'
import { type McpConnection, type McpConnectionSettings, openMcpConnection } from './mcp-connection.ts'
import { orAborted } from './or-aborted.ts'

export type McpPool = {
  /**
   * Lends the connection to a server, opened if there is none.
   *
   * @param work gets the connection and whether it was opened for it.
   * @throws ToolError when none could be opened, the reason of the signal when that aborts first.
   */
  use<T>(
    tenantId: string,
    server: McpServerConfig,
    signal: AbortSignal,
    work: (connection: McpConnection, isNew: boolean) => Promise<T>,
  ): Promise<T>
  close(): Promise<void>
}

type Slot = { opening: Promise<McpConnection>; users: number; idle?: NodeJS.Timeout }

/**
 * One connection to each server for each tenant: servers keep state, and what one tenant left there is none of another's
 * business. One that was lost is opened again by who needs it next, one that nobody uses is closed after a while.
 */
export function openMcpPool(settings: McpConnectionSettings, idleTimeoutMs: number): McpPool {
  const slots = new Map<string, Slot>()
  const closing = new Set<Promise<void>>()
  let closed = false

  const forget = (key: string, slot: Slot) => {
    clearTimeout(slot.idle)
    if (slots.get(key) === slot) slots.delete(key)
  }
  const end = (key: string, slot: Slot): Promise<void> => {
    forget(key, slot)
    const ended = slot.opening
      .then((connection) => connection.close())
      .catch(() => {})
      .finally(() => closing.delete(ended))
    closing.add(ended)
    return ended
  }
  const open = (key: string, server: McpServerConfig): Slot => {
    const slot: Slot = {
      users: 0,
      opening: openMcpConnection(server, settings, () => forget(key, slot)),
    }
    slots.set(key, slot)
    slot.opening.catch(() => forget(key, slot))
    return slot
  }
  return {
    async use(tenantId, server, signal, work) {
      if (closed) throw new ToolError('mcp_closed', 'the program is stopping; nothing was called')
      const key = payloadHash({ tenantId, server })
      const known = slots.get(key)
      const slot = known ?? open(key, server)
      clearTimeout(slot.idle)
      slot.users++
      try {
        return await work(await orAborted(slot.opening, signal), known === undefined)
      } finally {
        slot.users--
        if (slot.users === 0 && slots.get(key) === slot) {
          slot.idle = setTimeout(() => void end(key, slot), idleTimeoutMs).unref()
        }
      }
    },
    async close() {
      closed = true
      for (const [key, slot] of slots) void end(key, slot)
      await Promise.all(closing)
    },
  }
}
