import type { Page } from 'playwright-core'
import type { Hash } from 'viem'
import type { TestDevnet } from '../harness/start-devnet.ts'

/** A wallet of the browser under the test's hand: what it shows, and whether its owner says yes. */
export type InjectedWallet = {
  account: string
  chainId: number
  rejects: boolean
  /** What it says of batches (EIP-5792): each by itself, bundled, or nothing at all. */
  atomic: 'unsupported' | 'supported' | null
  /** Its answer to a batch gets lost, and it says that it does not know the batch. */
  losesBatches: boolean
  /** What happens on the chain just before it sends. */
  beforeSending: (call: { to: string }) => Promise<unknown>
  /** Every call that asked for a signature. */
  asked: { to: string }[]
  /** Tells the page that another account or chain is shown. */
  announceChange(): Promise<void>
}

const refusal = (code: number, message: string) => Object.assign(new Error(message), { code })

type Call = { method: string; params?: unknown[] }
const NAME = 'Test Wallet'

/** Announces a wallet by EIP-6963 whose signatures are those of the devnet's unlocked accounts. Before the page is opened. */
export async function injectWallet(page: Page, devnet: TestDevnet, account: string): Promise<InjectedWallet> {
  const wallet: InjectedWallet = {
    account,
    chainId: 31337,
    rejects: false,
    atomic: null,
    losesBatches: false,
    beforeSending: async () => {},
    asked: [],
    announceChange: () => page.evaluate('window.announceWalletChange()'),
  }
  const batches = new Map<string, Hash[]>()
  const sendOne = async (call: { to: string }): Promise<Hash> => {
    await wallet.beforeSending(call)
    return devnet.client.request({ method: 'eth_sendTransaction', params: [call] } as never)
  }
  const answer = async ({ method, params = [] }: Call): Promise<unknown> => {
    switch (method) {
      case 'eth_requestAccounts':
      case 'eth_accounts':
        return [wallet.account]
      case 'eth_chainId':
        return `0x${wallet.chainId.toString(16)}`
      case 'wallet_switchEthereumChain':
        wallet.chainId = Number((params[0] as { chainId: string }).chainId)
        await wallet.announceChange()
        return null
      case 'eth_sendTransaction':
        wallet.asked.push(params[0] as { to: string })
        if (wallet.rejects) throw refusal(4001, 'User rejected the request.')
        return sendOne(params[0] as { to: string })
      case 'wallet_getCapabilities':
        if (wallet.atomic === null) throw refusal(4200, 'Unsupported method')
        return { '0x7a69': { atomic: { status: wallet.atomic } } }
      case 'wallet_sendCalls': {
        const { id, from, calls } = params[0] as { id: string; from: string; calls: { to: string }[] }
        wallet.asked.push(...calls)
        if (wallet.losesBatches) throw refusal(-32603, 'The connection was lost.')
        const hashes: Hash[] = []
        batches.set(id, hashes)
        for (const call of calls) hashes.push(await sendOne({ ...call, from, gas: '0xf4240' } as never))
        return { id }
      }
      case 'wallet_getCallsStatus': {
        const receipts = batches.get(String(params[0]))?.map((transactionHash) => ({ transactionHash }))
        if (!receipts) throw refusal(5730, 'Unknown bundle id')
        return { status: 200, atomic: false, receipts }
      }
    }
    return devnet.client.request({ method, params } as never)
  }
  // A thrown error would lose its code on the way into the page.
  await page.exposeFunction('callTestWallet', (call: Call) =>
    answer(call).then(
      (result) => ({ result }),
      ({ code, message }: { code?: number; message: string }) => ({
        error: { code: code ?? -32603, message },
      }),
    ),
  )
  await page.addInitScript(`
    const listeners = new Set()
    window.announceWalletChange = () => { for (const listener of listeners) listener() }
    const provider = {
      async request(call) {
        const { result, error } = await window.callTestWallet(call)
        if (error) throw Object.assign(new Error(error.message), { code: error.code })
        return result
      },
      on: (_event, listener) => listeners.add(listener),
      removeListener: (_event, listener) => listeners.delete(listener),
    }
    const info = { uuid: '5d6b5e6a-0c3f-4a52-9d0e-9e3f1f3c7a01', name: '${NAME}', icon: 'data:,', rdns: 'test.wallet' }
    const announce = () => window.dispatchEvent(
      new CustomEvent('eip6963:announceProvider', { detail: Object.freeze({ info, provider }) }))
    window.addEventListener('eip6963:requestProvider', announce)
    announce()
  `)
  return wallet
}
