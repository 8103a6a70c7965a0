import { createApp } from '../app.ts'
import type { Config } from '../config.ts'
import type { TokenKeys } from '../kernel/tokens/token-keys.ts'
import { CommandError } from './command-error.ts'
import { findLocalServer } from './local-client.ts'
import { makeLogger } from './make-logger.ts'

/** Makes a new key the signer: through the running server where there is one, else in the folder itself. */
export async function rotateTokenKey(config: Config): Promise<void> {
  const { kid, retired } =
    (await askServer(config, 'POST', '/api/v1/tokens/rotate')) ??
    (await withTokenKeys(config, (keys) => keys.rotate()))
  console.log(`New tokens are signed with ${kid}; ${retired} verifies for another 24 hours.`)
}

export async function printTokenKeys(config: Config): Promise<void> {
  const keys =
    (await askServer(config, 'GET', '/.well-known/jwks.json')) ??
    (await withTokenKeys(config, (own) => own.publicKeys()))
  console.log(JSON.stringify(keys, null, 2))
}

/** Null when no server has the folder open. */
async function askServer(config: Config, method: string, path: string) {
  const server = findLocalServer(config)
  if (!server) return null
  const response = await fetch(server.address + path, { method, headers: server.headers })
  if (!response.ok) throw new CommandError(`the server answered ${response.status}: ${await response.text()}`)
  return (await response.json()) as { kid: string; retired: string }
}

async function withTokenKeys<T>(config: Config, work: (keys: TokenKeys) => Promise<T>): Promise<T> {
  const app = await createApp(config, makeLogger({ ...config, LOG_LEVEL: 'warn' }))
  try {
    return await work(app.kernel.tokenKeys)
  } finally {
    await app.close()
  }
}
