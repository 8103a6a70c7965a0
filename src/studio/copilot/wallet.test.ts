import type { Address, Hash } from 'viem'
import { expect, test } from 'vitest'
import type { Chain } from '../api/copilot-client.ts'
import { codeOf, devnetUrlOf, isRejection, sayWalletError, sendTransaction, switchChain } from './wallet.ts'

const FROM: Address = '0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266'
const TO: Address = '0x7a250d5630B4cF539739dF2C5dAcb4c659F2488D'
const HASH: Hash = `0x${'1'.repeat(64)}`
const CALL = { from: FROM, to: TO, data: '0x1234', value: 7n, gas: 100_000n } as const
const SENT = { from: FROM, to: TO, data: '0x1234', value: '0x7', gas: '0x186a0' }

const refuse = (code: number) => {
  throw Object.assign(new Error(`no ${code}`), { code })
}

/** A wallet that writes down what it is asked. */
function walletThat(answers: (method: string) => unknown) {
  const asked: { method: string; params?: unknown }[] = []
  const request = async (call: { method: string; params?: unknown }) => {
    // As it crosses to an extension: what is not there has no name either.
    asked.push(JSON.parse(JSON.stringify(call)) as typeof call)
    return answers(call.method)
  }
  return { wallet: { id: 'w', name: 'W', isDev: false, provider: { request } }, asked }
}

test('a transaction is handed to the wallet as it is: nothing is asked before, added or left out', async () => {
  const { wallet, asked } = walletThat(() => HASH)
  expect(await sendTransaction(wallet, CALL)).toBe(HASH)
  const { gas: _, ...ungassed } = SENT
  await sendTransaction(wallet, { ...CALL, gas: null })
  expect(asked).toEqual([SENT, ungassed].map((call) => ({ method: 'eth_sendTransaction', params: [call] })))
})

test.each([-32000, -32601, -32602, -32603, -32004, -32005, 4001, 4200, 429, -1])(
  'a transaction that fails with %d is not handed over a second time under any name',
  async (code) => {
    const { wallet, asked } = walletThat(() => refuse(code))
    const error = await sendTransaction(wallet, CALL).catch((thrown) => thrown)
    expect(asked.map(({ method }) => method)).toEqual(['eth_sendTransaction'])
    expect(sayWalletError(error)).toBe(`no ${code}`)
    expect(isRejection(error)).toBe(code === 4001)
  },
)

const chain = (change: Partial<Chain>) =>
  ({ chain_id: 31337, name: 'Devnet', devnet_url: null, ...change }) as Chain
const DEVNET = chain({ devnet_url: 'http://127.0.0.1:8545' })

test('a chain that the wallet has never heard of is added where it is the devnet, and no other', async () => {
  const answers = (method: string) => (method === 'wallet_switchEthereumChain' ? refuse(4902) : null)
  const devnet = walletThat(answers)
  await switchChain(devnet.wallet, DEVNET)
  expect(devnet.asked).toEqual([
    { method: 'wallet_switchEthereumChain', params: [{ chainId: '0x7a69' }] },
    {
      method: 'wallet_addEthereumChain',
      params: [
        {
          chainId: '0x7a69',
          chainName: 'Devnet',
          nativeCurrency: { name: 'Ether', symbol: 'ETH', decimals: 18 },
          rpcUrls: ['http://127.0.0.1:8545'],
        },
      ],
    },
  ])
  const other = walletThat(answers)
  const error = await switchChain(other.wallet, chain({ chain_id: 10 })).catch((thrown) => thrown)
  expect(codeOf(error)).toBe(4902)
  expect(other.asked).toHaveLength(1)
})

test('a wallet that does not want to go to a chain is told of none', async () => {
  const { wallet, asked } = walletThat(() => refuse(4001))
  expect(isRejection(await switchChain(wallet, DEVNET).catch((thrown) => thrown))).toBe(true)
  expect(asked).toHaveLength(1)
})

test('the dev wallet is offered on the machine of the devnet only', () => {
  expect(devnetUrlOf([DEVNET], '127.0.0.1')).toBe('http://127.0.0.1:8545')
  expect(devnetUrlOf([DEVNET], 'countersign.example')).toBeNull()
  expect(devnetUrlOf([chain({})], 'localhost')).toBeNull()
})
