import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { DEVNET_CHAIN_ID } from '../default-chains.ts'
import { findAnvil } from './anvil-binary.ts'
import { callRpc } from './call-rpc.ts'
import { forgetProcess, noteProcess, takeOver } from './process-record.ts'
import { type Anvil, spawnAnvil } from './spawn-anvil.ts'
import { clearUnfinished, keepState, putAside, readState } from './state-file.ts'

export type Devnet = {
  chainId: typeof DEVNET_CHAIN_ID
  url: string
  /** It belongs to another living server of the same folder, which ends it. */
  shared: boolean
  /** Keeps the state and ends the process. */
  stop(): Promise<void>
}

type Options = {
  /** Where the state is kept. */
  folder: string
  /** The port to begin with; 0 takes any. */
  port: number
  binary?: string | null
  /** Something to tell whoever operates this. */
  onNotice?: (message: string) => void
}

/** How often it is looked whether the chain went on. Dumping takes its time, so it is never more than a twentieth of it. */
const KEEP_EVERY_MS = 1_000

/**
 * A chain of one's own on loopback: anvil with Uniswap V2, WETH and USDC where they stand on chain 1, as it was left.
 * Everybody's funds on it are play money, and whoever reaches the port may do anything with it.
 */
export async function startDevnet({
  folder,
  port,
  binary = findAnvil(),
  onNotice,
}: Options): Promise<Devnet> {
  if (!binary) throw new Error(`there is no anvil for ${process.platform} on ${process.arch}`)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const running = await takeOver(folder)
  if (running) return { chainId: DEVNET_CHAIN_ID, url: running, shared: true, stop: async () => {} }

  clearUnfinished(folder)
  let anvil: Anvil | undefined
  const start = async () => {
    anvil = await spawnAnvil(binary, folder, port, ({ process: child, url }) =>
      noteProcess(folder, child.pid!, url),
    )
    return anvil.url
  }
  try {
    const state = readState(folder)
    const url = await start()
    if (state === null) await deployAndKeep(url, folder)
    else if (!(await loadState(url, state))) {
      onNotice?.(`The kept state of the devnet cannot be read; it is now ${putAside(folder)}`)
      await end(anvil!)
      await deployAndKeep(await start(), folder)
    }
    return await watch(anvil!, folder, onNotice)
  } catch (error) {
    if (anvil) await end(anvil)
    forgetProcess(folder)
    throw error
  }
}

/** Whether anvil took the state. Its clock begins with the machine's: where the chain was ahead, it goes on from there. */
async function loadState(url: string, state: string): Promise<boolean> {
  const loaded = await callRpc<boolean>(url, 'anvil_loadState', [state]).catch(() => false)
  if (!loaded) return false
  const ahead = Number((await newestBlock(url)).timestamp) - Math.floor(Date.now() / 1000)
  if (ahead >= 0) await callRpc(url, 'evm_increaseTime', [ahead + 1])
  return true
}

async function deployAndKeep(url: string, folder: string): Promise<void> {
  const { deployContracts } = await import('./deploy-contracts.ts')
  await deployContracts(url)
  await keepState(url, folder)
}

const newestBlock = (url: string) =>
  callRpc<{ hash: string; timestamp: string }>(url, 'eth_getBlockByNumber', ['latest', false])

/** Keeps the state whenever the chain went on, until it is stopped. */
async function watch(anvil: Anvil, folder: string, onNotice: Options['onNotice']): Promise<Devnet> {
  const { process: child, url } = anvil
  let { hash: kept } = await newestBlock(url)
  let stopping = false
  let keeping = Promise.resolve()
  let timer: NodeJS.Timeout
  const keepWhatIsNew = async () => {
    const began = performance.now()
    try {
      const { hash: newest } = await newestBlock(url)
      if (newest !== kept) {
        await keepState(url, folder)
        kept = newest
      }
    } catch (error) {
      if (!stopping && child.exitCode === null) {
        onNotice?.(`The state of the devnet could not be kept: ${(error as Error).message}`)
      }
    }
    if (!stopping) schedule(Math.max(KEEP_EVERY_MS, 20 * (performance.now() - began)))
  }
  const schedule = (inMs: number) => {
    timer = setTimeout(() => {
      keeping = keepWhatIsNew()
    }, inMs)
    timer.unref()
  }
  schedule(KEEP_EVERY_MS)

  // Also where the server ends without asking, unless it is killed: then the next start takes over.
  const killWithUs = () => child.kill('SIGKILL')
  process.once('exit', killWithUs)
  child.unref()
  child.once('exit', () => {
    clearTimeout(timer)
    process.off('exit', killWithUs)
    if (!stopping) onNotice?.('The devnet ended by itself: start again to have it back as it was left')
  })
  return {
    chainId: DEVNET_CHAIN_ID,
    url,
    shared: false,
    async stop() {
      if (stopping) return
      stopping = true
      clearTimeout(timer)
      await keeping
      if (child.exitCode === null && child.signalCode === null) {
        await keepState(url, folder).catch(({ message }) =>
          onNotice?.(`The state of the devnet could not be kept: ${message}`),
        )
      }
      await end(anvil)
      forgetProcess(folder)
    },
  }
}

async function end({ process: child }: Anvil): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.ref()
  const ended = once(child, 'exit')
  child.kill('SIGKILL')
  await ended
}
