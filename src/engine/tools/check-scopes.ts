import type { Json } from '../../lib/canonical-json.ts'
import type { AppScopes } from './app-scopes.ts'
import type { Tool } from './schema.ts'

/** The scope that an app lacks for a call. */
export type MissingScope = { type: 'tool' | 'memory' | 'external'; value: string }

/**
 * Which scope a call needs that the app does not have; null when it has all. Every call needs that of its tool, one that
 * goes to a host that of the host, one that touches memory that of whose memory it is.
 */
export function findMissingScope(tool: Tool, input: Json, scopes: AppScopes): MissingScope | null {
  if (!scopes.tools.has(tool.id)) return { type: 'tool', value: tool.id }
  const host = hostOf(tool, input)
  if (host !== null && !coversHost(scopes.external, host)) return { type: 'external', value: host }
  const memory = memoryOf(tool, input)
  if (memory !== null && !scopes.memory.has(memory) && !scopes.memory.has('*')) {
    return { type: 'memory', value: memory }
  }
  return null
}

type Config = { url?: string; server?: { url?: string } }

/**
 * The host that a call goes to, as addresses spell it. Of HTTP and MCP tools it stands in their configuration, where no
 * input can change it; who opens pages is told by the input. A server that is started as a program has none.
 */
function hostOf({ handler_type, handler_config, side_effects }: Tool, input: Json): string | null {
  const { url, server } = handler_config as Config
  switch (handler_type) {
    case 'http':
      return hostIn(url ?? '')
    case 'mcp':
      return server?.url === undefined ? null : hostIn(server.url)
    case 'remote':
      return urlIn(input)
    default:
      return side_effects.some((effect) => /^(network|external)_/.test(effect)) ? urlIn(input) : null
  }
}

function urlIn(input: Json): string | null {
  const url = memberOf(input, 'url')
  return typeof url === 'string' ? hostIn(url) : null
}

/** An address that cannot be read is no host that an app may have. */
function hostIn(url: string): string {
  const start = /^[a-z]+:\/\/[^/?#\\]*/i.exec(url)?.[0]
  return start && URL.canParse(start) ? new URL(start).host : url.slice(0, 100)
}

function coversHost(hosts: ReadonlySet<string>, host: string): boolean {
  if (hosts.has(host)) return true
  // `*.example.com` covers a.example.com and a.b.example.com, not example.com.
  for (let dot = host.indexOf('.'); dot !== -1; dot = host.indexOf('.', dot + 1)) {
    if (hosts.has(`*${host.slice(dot)}`)) return true
  }
  return false
}

/** Whose memory; where the call does not say it, all there is. */
function memoryOf({ id, side_effects }: Tool, input: Json): string | null {
  if (!id.startsWith('memory.') && !side_effects.some((effect) => effect.startsWith('memory_'))) return null
  const owner = memberOf(input, 'owner_type')
  return typeof owner === 'string' ? owner : '*'
}

const memberOf = (input: Json, name: string): Json | undefined =>
  typeof input === 'object' && input !== null && !Array.isArray(input) && Object.hasOwn(input, name)
    ? input[name]
    : undefined
