import { readFileSync } from 'node:fs'
import {
  type Abi,
  type Address,
  createWalletClient,
  encodeAbiParameters,
  encodeFunctionData,
  type Hash,
  type Hex,
  http,
  pad,
  zeroAddress,
} from 'viem'
import { mnemonicToAccount } from 'viem/accounts'
import type { TxRequest } from '../../src/apps/copilot/schema.ts'
import { DEV_ACCOUNT } from '../../src/web3/devnet/addresses.ts'
import type { TestDevnet } from '../harness/start-devnet.ts'

type Call = Pick<TxRequest, 'to' | 'data' | 'valueWei'>
type BatchOptions = {
  /** Fee and place, as a wallet sets them that hurries or waits; then it is not waited for. */
  nonce?: number
  gwei?: bigint
  /** Goes on after a call that failed, instead of undoing all of them. */
  goesOn?: boolean
  /** Who sends it and pays for its gas: the account itself, or the relayer that it trusts. */
  from?: Address
}

/** The dev account as a smart one: it makes several calls in one transaction. */
export type BatchAccount = {
  batch(calls: Call[], options?: BatchOptions): Promise<Hash>
  relayer: Address
  /** Makes it an account without code again. */
  leave(): Promise<void>
  /** Makes the calls in a transaction that also hands the account to another contract; with `pending` nothing is mined from then on. */
  handOver(calls: Call[], options?: { pending?: boolean }): Promise<{ hash: Hash; code: Address }>
}

const CALLS = [
  {
    type: 'tuple[]',
    components: [
      { name: 'target', type: 'address' },
      { name: 'value', type: 'uint256' },
      { name: 'callData', type: 'bytes' },
    ],
  },
] as const

/** The second account of the devnet. */
const RELAYER: Address = '0x70997970C51812dc3A010C7d01b50e0d17dc79C8'
/** The keys of dev accounts are public. */
const MNEMONIC = 'test test test test test test test test test test test junk'

/** Has the dev account run a contract that makes calls for it, by a signed delegation (EIP-7702). */
export async function makeBatchAccount({ client, url }: TestDevnet): Promise<BatchAccount> {
  const compiled = readFileSync(new URL('../../contracts/BatchAccount.json', import.meta.url), 'utf8')
  const { abi, bytecode } = JSON.parse(compiled) as { abi: Abi; bytecode: Hex }
  const relayer = RELAYER
  const owner = mnemonicToAccount(MNEMONIC)
  const paying = createWalletClient({
    account: mnemonicToAccount(MNEMONIC, { addressIndex: 1 }),
    transport: http(url),
  })
  const deploy = async (): Promise<Address> => {
    const hash = await client.deployContract({
      abi,
      bytecode,
      args: [relayer],
      account: relayer,
      chain: null,
    })
    return (await client.waitForTransactionReceipt({ hash })).contractAddress!
  }
  const delegateTo = async (address: Address, data: Hex = '0x', isPending = false) => {
    const authorization = await owner.signAuthorization!({
      address,
      chainId: await client.getChainId(),
      nonce: await client.getTransactionCount({ address: owner.address }),
    })
    const hash = await paying.sendTransaction({
      to: data === '0x' ? relayer : owner.address,
      data,
      authorizationList: [authorization],
      chain: null,
      gas: 2_000_000n,
    })
    if (!isPending) await client.waitForTransactionReceipt({ hash })
    return hash
  }
  /** ERC-7821: the first byte says several calls, the second what to do where one fails. */
  const executeData = (calls: Call[], goesOn = false): Hex => {
    const mode = pad(goesOn ? '0x0101' : '0x01', { dir: 'right', size: 32 })
    const list = calls.map(({ to, data, valueWei }) => ({
      target: to,
      value: BigInt(valueWei),
      callData: data as Hex,
    }))
    return encodeFunctionData({
      abi,
      functionName: 'execute',
      args: [mode, encodeAbiParameters(CALLS, [list])],
    })
  }
  await delegateTo(await deploy())
  return {
    relayer,
    leave: async () => void (await delegateTo(zeroAddress)),
    async handOver(calls, { pending = false } = {}) {
      const code = await deploy()
      if (pending) await client.setAutomine(false)
      return { code, hash: await delegateTo(code, executeData(calls), pending) }
    },
    async batch(calls, { goesOn = false, from = DEV_ACCOUNT, nonce, gwei } = {}) {
      const hash = await client.sendTransaction({
        account: from,
        chain: null,
        to: DEV_ACCOUNT,
        data: executeData(calls, goesOn),
        gas: 2_000_000n,
        ...(nonce !== undefined && { nonce }),
        ...(gwei && { maxFeePerGas: gwei * 10n ** 9n, maxPriorityFeePerGas: gwei * 10n ** 9n }),
      })
      if (nonce === undefined) await client.waitForTransactionReceipt({ hash })
      return hash
    },
  }
}
