import { randomUUID } from 'node:crypto'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createTestClient, http, publicActions, walletActions } from 'viem'
import { sha256 } from '../../src/lib/hash.ts'
import { type Devnet, startDevnet } from '../../src/web3/devnet/start-devnet.ts'

const openClient = (url: string) =>
  createTestClient({ mode: 'anvil', transport: http(url), pollingInterval: 10, cacheTime: 0 })
    .extend(publicActions)
    .extend(walletActions)

export type TestDevnet = {
  url: string
  folder: string
  /** Reads, sends from any dev account, and everything that anvil lets one do besides. */
  client: ReturnType<typeof openClient>
  /** Ends it and takes its folder away. */
  stop(): Promise<void>
}

/**
 * A devnet of its own on a free port, in the state that a first start leaves. That state is made once and then loaded,
 * which takes a tenth of a second.
 */
export async function startTestDevnet(): Promise<TestDevnet> {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-devnet-'))
  const prepared = preparedState()
  const state = join(folder, 'state.dump')
  const isPrepared = existsSync(prepared)
  if (isPrepared) copyFileSync(prepared, state)
  const devnet: Devnet = await startDevnet({ folder, port: 0 })
  if (!isPrepared) {
    const beside = `${prepared}.${randomUUID()}`
    copyFileSync(state, beside)
    renameSync(beside, prepared)
  }
  return {
    url: devnet.url,
    folder,
    client: openClient(devnet.url),
    async stop() {
      await devnet.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

const MAKERS = ['../../src/web3/devnet/', '../../contracts/']

/** Where the state is kept that the sources of now make; others get another name. */
function preparedState(): string {
  const sources = MAKERS.flatMap((maker) => {
    const folder = new URL(maker, import.meta.url)
    return readdirSync(folder).map((name) => readFileSync(new URL(name, folder)))
  })
  const cache = new URL('../../node_modules/.cache/devnets/', import.meta.url).pathname
  mkdirSync(cache, { recursive: true })
  return join(
    cache,
    `${sha256(...sources)
      .toString('hex')
      .slice(0, 16)}.dump`,
  )
}
