import { expect, onTestFinished, test, vi } from 'vitest'
import type { CopilotRun } from '../../apps/copilot/runs/schema.ts'
import { executeRun, forgetBatch, readKeptBatch } from './execute-run.ts'
import { BatchGoneError, BatchUnsettledError, OtherBatchWalletError } from './sign-batch.ts'
import type { Wallet } from './wallet.ts'

const ACCOUNT = '0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266'
const TARGET = '0x7a250d5630B4cF539739dF2C5dAcb4c659F2488D'
const run = { id: 'run-1', wallet_address: ACCOUNT, chain_id: 31337 } as CopilotRun
const requests = ['approve-1', 'swap-1'].map((txRequestId) => ({
  txRequestId,
  to: TARGET,
  data: '0x00',
  valueWei: '0',
}))

/** A wallet with the account of the run. What it says of batches can be changed. */
function walletNamed(id: string) {
  const asked: string[] = []
  const says = { send: () => fail(-32603), status: () => fail(-32603) as unknown }
  const request = async ({ method }: { method: string }) => {
    if (method === 'eth_accounts') return [ACCOUNT]
    if (method === 'eth_chainId') return '0x7a69'
    asked.push(method)
    return method === 'wallet_sendCalls' ? says.send() : says.status()
  }
  const wallet: Wallet = { id, name: id, isDev: false, provider: { request } }
  return { wallet, asked, says }
}

function fail(code: number): never {
  throw Object.assign(new Error(`code ${code}`), { code })
}

test('a batch whose answer was lost is handed over once: only its own wallet, or a person who looked, ends that', async () => {
  vi.stubGlobal('fetch', async () => Response.json({ tx_requests: requests }))
  onTestFinished(() => {
    vi.unstubAllGlobals()
    forgetBatch(run.id)
  })
  const [first, second] = [walletNamed('org.one'), walletNamed('org.two')]
  const execute = ({ wallet }: { wallet: Wallet }) =>
    executeRun({
      run,
      artifacts: {},
      sent: [],
      wallet,
      batching: 'separate',
      onSteps: () => {},
      onMoved: async () => {},
    })
  await expect(execute(first)).rejects.toThrow(BatchUnsettledError)
  const kept = readKeptBatch(run.id)
  expect(kept).toMatchObject({ wallet: { id: 'org.one' }, txRequestIds: ['approve-1', 'swap-1'] })

  // Another wallet with the same account knows nothing of it.
  second.says.status = () => fail(5730)
  await expect(execute(second)).rejects.toThrow(OtherBatchWalletError)
  for (const status of [() => fail(5730), () => ({ status: 200 }), () => ({ status: 500, atomic: false })]) {
    first.says.status = status
    await expect(execute(first)).rejects.toThrow(BatchUnsettledError)
  }
  expect(readKeptBatch(run.id)).toEqual(kept)
  expect(first.asked).toEqual(['wallet_sendCalls', ...Array<string>(3).fill('wallet_getCallsStatus')])
  expect(second.asked).toEqual([])

  first.says.status = () => ({ status: 400 })
  await expect(execute(first)).rejects.toThrow(BatchGoneError)
  expect(readKeptBatch(run.id)).toBeNull()
  await expect(execute(first)).rejects.toThrow(BatchUnsettledError)
  forgetBatch(run.id)
  await expect(execute(second)).rejects.toThrow(BatchUnsettledError)
  expect(second.asked).toEqual(['wallet_sendCalls'])
})
