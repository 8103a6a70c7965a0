import type { AddressInfo } from 'node:net'
import type { FastifyBaseLogger } from 'fastify'
import { type CountersignApp, createApp } from '../app.ts'
import type { Config } from '../config.ts'
import { contextFor } from '../http/authenticate.ts'
import type { App } from '../http/route.ts'
import { createServer } from '../http/server.ts'
import { serveMcpHttp } from '../mcp/serve-http.ts'
import { buildStudioIfNeeded } from './build-studio.ts'
import { makeLogger } from './make-logger.ts'
import { printStart } from './print-start.ts'

/** `countersign serve`: until a signal ends it. */
export async function runServer(config: Config): Promise<void> {
  const started = performance.now()
  const server = await startServer(config)
  stopOnSignals(server)
  printStart(server, config, Math.round(performance.now() - started))
}

/** `countersign dev`: the same, with the Studio built beside it; a person at a terminal is spared the log of requests. */
export async function runDevelopment(config: Config): Promise<void> {
  const quiet = process.stdout.isTTY && config.LOG_LEVEL === 'info'
  await runServer({ ...config, LOG_LEVEL: quiet ? 'warn' : config.LOG_LEVEL })
  buildStudioIfNeeded((message) => console.log(message))
}

export type RunningServer = {
  app: CountersignApp
  address: string
  /** What this process shows itself instead of a credential. */
  localHeaders: Record<string, string>
  stop(): Promise<void>
}

/** Opens everything, listens, and tells the folder's commands where. */
export async function startServer(config: Config): Promise<RunningServer> {
  const logger = makeLogger(config)
  const app = await createApp(config, logger)
  try {
    await app.recover()
    const server = await listenOn(app, config, logger)
    const { port } = server.server.address() as AddressInfo
    const host = config.HOST.includes(':') ? `[${config.HOST}]` : config.HOST
    const address = `http://${host}:${port}`
    app.lock?.announce(address)
    app.startBackground()
    return {
      app,
      address,
      localHeaders: { 'x-countersign-local': app.localSecret },
      // In order: no new requests, the running ones end, then the work behind, then the database.
      async stop() {
        const patience = setTimeout(
          () => server.server.closeAllConnections(),
          config.PURCHASE_WEBHOOK_TIMEOUT_MS + 5_000,
        )
        await server.close()
        clearTimeout(patience)
        await app.close()
      },
    }
  } catch (error) {
    await app.close()
    throw error
  }
}

/** The HTTP server with MCP beside the API, listening. */
export async function listenOn(app: CountersignApp, config: Config, logger: FastifyBaseLogger): Promise<App> {
  const server = await createServer(app.http, logger, [
    (scope, { purchaseConnector, version }) =>
      serveMcpHttp(scope, {
        resolvesApprovals: config.COUNTERSIGN_MCP_RESOLVE_APPROVALS,
        contextOf: (request) => contextFor(request, app.http),
        purchaseConnector,
        version,
      }),
  ])
  await server.listen({ host: config.HOST, port: config.PORT })
  return server
}

/** Runs until the terminal or a supervisor says stop; a second time is impatience. */
function stopOnSignals(server: RunningServer): void {
  let stopping = false
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, async () => {
      if (stopping) process.exit(130)
      stopping = true
      console.log('\nStopping: requests end first, then the database closes.')
      await server.stop().catch((error) => {
        console.error(`It did not stop cleanly: ${error.message}`)
        process.exitCode = 1
      })
      process.exit()
    })
  }
}
