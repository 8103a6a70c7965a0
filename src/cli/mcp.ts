import type { Config } from '../config.ts'
import { forwardStdio } from '../mcp/serve-stdio.ts'
import { findLocalServer, type LocalServer } from './local-client.ts'

/**
 * Serves MCP over stdio: through the server that has the folder open, else through one of its own on a free loopback
 * port, so that further clients of the same folder find it.
 */
export async function runMcp(config: Config): Promise<void> {
  const running = findLocalServer(config)
  if (running) {
    await forwardStdio(running.address, headersOf(config, running))
    process.exit(0)
  }
  // Loaded only here: through a running server one waits for no second one to load.
  const { startServer } = await import('./serve.ts')
  const own = await startServer({ ...config, HOST: '127.0.0.1', PORT: 0, LOG_LEVEL: 'warn' })
  await forwardStdio(own.address, headersOf(config, { address: own.address, headers: own.localHeaders }))
  await own.stop()
  process.exit(0)
}

const headersOf = ({ COUNTERSIGN_API_KEY: key }: Config, { headers }: LocalServer) =>
  key ? { 'x-api-key': key } : headers
