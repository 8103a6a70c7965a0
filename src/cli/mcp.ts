import { createApp } from '../app.ts'
import type { Config } from '../config.ts'
import { localAdministrator } from '../http/authenticate.ts'
import { contextOf } from '../http/http-context.ts'
import { forwardStdio, serveOwnStdio } from '../mcp/serve-stdio.ts'
import { findLocalServer } from './local-client.ts'
import { makeLogger } from './make-logger.ts'
import { VERSION } from './version.ts'

/** Serves MCP over stdio: through the running server where there is one, else on the folder itself. */
export async function runMcp(config: Config): Promise<void> {
  const server = findLocalServer(config)
  if (server) {
    const key = config.COUNTERSIGN_API_KEY
    await forwardStdio(server.address, key ? { 'x-api-key': key } : server.headers, VERSION)
  } else {
    const app = await createApp(config, makeLogger({ ...config, LOG_LEVEL: 'warn' }))
    await app.startBackground()
    try {
      const context = contextOf(app.kernel, localAdministrator())
      await serveOwnStdio(
        {
          context,
          purchaseConnector: app.http.purchaseConnector,
          resolvesApprovals: config.COUNTERSIGN_MCP_RESOLVE_APPROVALS,
        },
        VERSION,
      )
    } finally {
      await app.close()
    }
  }
  process.exit(0)
}
