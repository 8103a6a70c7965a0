import type { AddressInfo } from 'node:net'
import type { FastifyBaseLogger } from 'fastify'
import { type CountersignApp, createApp } from '../app.ts'
import type { Config } from '../config.ts'
import { contextFor } from '../http/authenticate.ts'
import type { App } from '../http/route.ts'
import { createServer } from '../http/server.ts'
import { serveMcpHttp } from '../mcp/serve-http.ts'
import type { DevnetStart } from '../open-web3.ts'
import { buildStudioIfNeeded } from './build-studio.ts'
import { makeLogger } from './make-logger.ts'
import { printStart } from './print-start.ts'
import { stopOnSignals } from './stop-on-signals.ts'

/** `countersign serve`: until a signal ends it. */
export async function runServer(config: Config): Promise<void> {
  const started = performance.now()
  const server = await startServer(config)
  stopOnSignals('Stopping: requests end first, then the database closes.', server.stop)
  printStart(server, config, Math.round(performance.now() - started))
}

/** `countersign dev`: the same, with a chain of play money and the Studio built beside it; a person at a terminal is spared the log of requests. */
export async function runDevelopment(config: Config): Promise<void> {
  const quiet = process.stdout.isTTY && config.LOG_LEVEL === 'info'
  const devnet = config.DEVNET === 'auto' && !config.RPC_URLS ? 'on' : config.DEVNET
  await runServer({ ...config, LOG_LEVEL: quiet ? 'warn' : config.LOG_LEVEL, DEVNET: devnet })
  buildStudioIfNeeded((message) => console.log(message))
}

export type RunningServer = {
  app: CountersignApp
  address: string
  devnet: DevnetStart | null
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
      devnet: await app.devnet,
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
