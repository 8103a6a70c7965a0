import type { Config } from '../config.ts'
import type { Context } from '../kernel/context.ts'
import { CommandError } from './command-error.ts'
import { findLocalServer } from './local-client.ts'

type Request = { method: string; path: string; body?: object; accept?: string }

/**
 * One folder, one process: asks the server that has the folder open, or opens it and does the work here.
 *
 * @returns the server's answer as text, or what `work` returned; null when the server says 404.
 */
export async function askServerOrFolder(
  config: Config,
  request: Request,
  work: (context: Context) => Promise<string | null>,
): Promise<string | null> {
  const server = findLocalServer(config)
  if (!server) return withContext(config, work)
  const response = await fetch(server.address + request.path, {
    method: request.method,
    headers: {
      ...server.headers,
      ...(request.accept && { accept: request.accept }),
      ...(request.body && { 'content-type': 'application/json' }),
    },
    ...(request.body && { body: JSON.stringify(request.body) }),
  })
  const text = await response.text()
  if (response.ok) return text
  if (response.status === 404) return null
  throw new CommandError(explain(text) ?? `the server answered ${response.status}: ${text}`)
}

async function withContext(
  config: Config,
  work: (context: Context) => Promise<string | null>,
): Promise<string | null> {
  // Most often a server is asked: only who does the work here waits for everything to load.
  const [{ createApp }, { localAdministrator }, { contextOf }, { makeLogger }] = await Promise.all([
    import('../app.ts'),
    import('../http/authenticate.ts'),
    import('../http/http-context.ts'),
    import('./make-logger.ts'),
  ])
  const app = await createApp(config, makeLogger({ ...config, LOG_LEVEL: 'warn' }))
  try {
    return await work(contextOf(app.kernel, localAdministrator()))
  } finally {
    await app.close()
  }
}

/** The sentence of an error envelope that says most. */
function explain(text: string): string | null {
  try {
    const { error } = JSON.parse(text)
    return error.details[0]?.message ?? error.message
  } catch {
    return null
  }
}
