import type { Config } from '../config.ts'
import { askServerOrFolder } from './ask-server-or-folder.ts'

/** Makes a new key the signer. */
export async function rotateTokenKey(config: Config): Promise<void> {
  const answer = await askServerOrFolder(
    config,
    { method: 'POST', path: '/api/v1/tokens/rotate' },
    async ({ tokenKeys }) => JSON.stringify(await tokenKeys.rotate()),
  )
  const { kid, retired } = JSON.parse(answer!)
  console.log(`New tokens are signed with ${kid}; ${retired} verifies for another 24 hours.`)
}

export async function printTokenKeys(config: Config): Promise<void> {
  const answer = await askServerOrFolder(
    config,
    { method: 'GET', path: '/.well-known/jwks.json' },
    async ({ tokenKeys }) => JSON.stringify(await tokenKeys.publicKeys()),
  )
  console.log(JSON.stringify(JSON.parse(answer!), null, 2))
}
