import type { Page } from 'playwright-core'
import type { TestDevnet } from '../harness/start-devnet.ts'

/** A wallet of the browser under the test's hand: what it shows, and whether its owner says yes. */
export type InjectedWallet = {
  account: string
  chainId: number
  rejects: boolean
  /** Every call that asked for a signature. */
  asked: { to: string }[]
  /** Tells the page that another account or chain is shown. */
  announceChange(): Promise<void>
}

type Call = { method: string; params?: unknown[] }
const NAME = 'Test Wallet'

/** Announces a wallet by EIP-6963 whose signatures are those of the devnet's unlocked accounts. Before the page is opened. */
export async function injectWallet(page: Page, devnet: TestDevnet, account: string): Promise<InjectedWallet> {
  const wallet: InjectedWallet = {
    account,
    chainId: 31337,
    rejects: false,
    asked: [],
    announceChange: () => page.evaluate('window.announceWalletChange()'),
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
        if (wallet.rejects) throw Object.assign(new Error('User rejected the request.'), { code: 4001 })
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
