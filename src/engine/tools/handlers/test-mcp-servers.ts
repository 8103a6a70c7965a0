import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { openMcpConnections } from './mcp-handler.ts'

const require = createRequire(import.meta.url)

/** The program of a published server. */
export const programOf = (name: string) =>
  join(dirname(require.resolve(`@modelcontextprotocol/${name}/package.json`)), 'dist/index.js')

export const EVERYTHING = {
  command: process.execPath,
  args: [programOf('server-everything'), 'stdio'],
}

/** Our own one, which misbehaves on request. */
export const ODD = {
  command: process.execPath,
  args: [fileURLToPath(new URL('./test-mcp-server.ts', import.meta.url))],
}

/** Connections whose servers' error output can be waited for. */
export function openTestConnections(settings: Parameters<typeof openMcpConnections>[0] = {}) {
  const lines: string[] = []
  const waiting: { pattern: RegExp; resolve: (line: string) => void }[] = []
  const connections = openMcpConnections({
    allowCommands: true,
    environment: { PATH: dirname(process.execPath), HOME: '/nowhere' },
    onStderr(_server, line) {
      lines.push(line)
      for (const waiter of waiting.filter(({ pattern }) => pattern.test(line))) waiter.resolve(line)
    },
    ...settings,
  })
  return {
    ...connections,
    lines,
    /** The next line that fits. */
    line: (pattern: RegExp) => new Promise<string>((resolve) => waiting.push({ pattern, resolve })),
  }
}
