import type { BrowserContext } from 'playwright-core'
import type { Hash } from 'viem'
import type { TestDevnet } from '../harness/start-devnet.ts'

/** A wallet of the browser under the test's hand: what it shows, and whether its owner says yes. */
export type InjectedWallet = {
  account: string
  chainId: number
  /** The page was let in by its owner. */
  isOpen: boolean
  /** It shows no account until its owner unlocks it. */
  isLocked: boolean
  /** Its owner says no to whatever opens its window. */
  rejects: boolean
  /** It has never heard of these chains, until one is added. */
  unknownChains: number[]
  /** What it says of batches (EIP-5792): each by itself, all in one, or nothing at all. */
  atomic: 'unsupported' | 'supported' | null
  /** Makes all calls in one transaction, where it can. */
  makeBatch: ((calls: BatchedCall[]) => Promise<Hash>) | null
  /** Its answer to a batch gets lost, and it says that it does not know the batch. */
  losesBatches: boolean
  /** What happens on the chain just before it sends. */
  beforeSending: (call: { to: string }) => Promise<unknown>
  /** Every call that asked for a signature. */
  asked: { to: string }[]
  /** Every call, by its method. */
  methods: string[]
  /** Tells the pages which account and which chain are shown by now. */
  announceChange(): Promise<void>
}

type BatchedCall = { to: `0x${string}`; data: `0x${string}`; valueWei: string }

const toHex = (value: number) => `0x${value.toString(16)}`
const refusal = (code: number, message: string) => Object.assign(new Error(message), { code })

type Call = { method: string; params?: unknown[] }
type SendCalls = {
  id: string
  from: string
  atomicRequired: boolean
  calls: { to: `0x${string}`; data: `0x${string}`; value?: `0x${string}` }[]
}

/** What opens the window of a wallet. */
const OPENS = new Set(['wallet_requestPermissions', 'eth_requestAccounts', 'eth_sendTransaction'])

type Options = { name?: string; rdns?: string }

/**
 * Announces a wallet by EIP-6963 whose signatures are those of the devnet's unlocked accounts; without a devnet it knows of no
 * chain. Before a page is opened.
 */
export async function injectWallet(
  context: BrowserContext,
  devnet: TestDevnet | null,
  account: string,
  { name = 'Test Wallet', rdns = 'test.wallet' }: Options = {},
): Promise<InjectedWallet> {
  const ask = async (call: Call) => {
    if (!devnet) throw refusal(-32601, 'The method does not exist')
    return devnet.client.request(call as never)
  }
  const emit = `emit ${rdns}`
  const wallet: InjectedWallet = {
    account,
    chainId: 31337,
    isOpen: false,
    isLocked: false,
    rejects: false,
    unknownChains: [],
    atomic: null,
    makeBatch: null,
    losesBatches: false,
    beforeSending: async () => {},
    asked: [],
    methods: [],
    announceChange: async () => {
      const events = JSON.stringify({ accountsChanged: shown(), chainChanged: toHex(wallet.chainId) })
      for (const page of context.pages()) await page.evaluate(`window['${emit}']?.(${events})`)
    },
  }
  const shown = () => (wallet.isOpen && !wallet.isLocked ? [wallet.account] : [])
  const batches = new Map<string, { atomic: boolean; hashes: Hash[] }>()
  const sendOne = async (call: { to: string }): Promise<Hash> => {
    await wallet.beforeSending(call)
    return ask({ method: 'eth_sendTransaction', params: [call] }) as Promise<Hash>
  }
  const answer = async ({ method, params = [] }: Call): Promise<unknown> => {
    wallet.methods.push(method)
    if (method === 'eth_sendTransaction') wallet.asked.push(params[0] as { to: string })
    if (wallet.rejects && OPENS.has(method)) throw refusal(4001, 'User rejected the request.')
    switch (method) {
      case 'eth_requestAccounts':
        wallet.isOpen = true
        return shown()
      case 'eth_accounts':
        return shown()
      case 'wallet_revokePermissions':
        wallet.isOpen = false
        return null
      case 'eth_chainId':
        return toHex(wallet.chainId)
      case 'wallet_switchEthereumChain': {
        const { chainId } = params[0] as { chainId: string }
        if (wallet.unknownChains.includes(Number(chainId))) throw refusal(4902, 'Unrecognized chain ID.')
        wallet.chainId = Number(chainId)
        await wallet.announceChange()
        return null
      }
      case 'wallet_addEthereumChain':
        // It goes there and tells nobody.
        Object.assign(wallet, {
          unknownChains: [],
          chainId: Number((params[0] as { chainId: string }).chainId),
        })
        return null
      case 'eth_sendTransaction':
        return sendOne(params[0] as { to: string })
      case 'wallet_getCapabilities':
        if (wallet.atomic === null) throw refusal(4200, 'Unsupported method')
        return { '0x7a69': { atomic: { status: wallet.atomic } } }
      case 'wallet_sendCalls': {
        const { id, from, calls, atomicRequired } = params[0] as SendCalls
        wallet.asked.push(...calls)
        if (wallet.losesBatches) throw refusal(-32603, 'The connection was lost.')
        const hashes: Hash[] = []
        batches.set(id, { atomic: atomicRequired, hashes })
        if (atomicRequired) {
          if (!wallet.makeBatch) throw refusal(5760, 'Atomicity is not supported.')
          const all = calls.map(({ to, data, value }) => ({ to, data, valueWei: String(BigInt(value ?? 0)) }))
          hashes.push(await wallet.makeBatch(all))
        } else {
          for (const call of calls) hashes.push(await sendOne({ ...call, from, gas: '0xf4240' } as never))
        }
        return { id }
      }
      case 'wallet_getCallsStatus': {
        const batch = batches.get(String(params[0]))
        if (!batch) throw refusal(5730, 'Unknown bundle id')
        const receipts = batch.hashes.map((transactionHash) => ({ transactionHash }))
        return { status: 200, atomic: batch.atomic, receipts }
      }
    }
    return ask({ method, params })
  }
  // A thrown error would lose its code on the way into the page.
  await context.exposeFunction(`call ${rdns}`, (call: Call) =>
    answer(call).then(
      (result) => ({ result }),
      ({ code, message }: { code?: number; message: string }) => ({
        error: { code: code ?? -32603, message },
      }),
    ),
  )
  await context.addInitScript(`{
    const listeners = { accountsChanged: new Set(), chainChanged: new Set() }
    window['${emit}'] = (events) => {
      for (const [event, value] of Object.entries(events)) for (const listener of listeners[event]) listener(value)
    }
    const provider = {
      async request(call) {
        const { result, error } = await window['call ${rdns}'](call)
        if (error) throw Object.assign(new Error(error.message), { code: error.code })
        return result
      },
      on: (event, listener) => listeners[event]?.add(listener),
      removeListener: (event, listener) => listeners[event]?.delete(listener),
    }
    const info = { uuid: 'uuid of ${rdns}', name: '${name}', icon: 'data:,', rdns: '${rdns}' }
    const announce = () => window.dispatchEvent(
      new CustomEvent('eip6963:announceProvider', { detail: Object.freeze({ info, provider }) }))
    window.addEventListener('eip6963:requestProvider', announce)
    announce()
  }`)
  return wallet
}
