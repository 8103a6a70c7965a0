import { expect, onTestFinished, test, vi } from 'vitest'
import type { CopilotRun } from '../../apps/copilot/runs/schema.ts'
import { writeStored } from '../ui/use-stored.ts'
import { executeRun, forgetBatch, mayForgetAfter, readKeptBatch, readSent } from './execute-run.ts'
import {
  BatchGoneError,
  BatchUnsettledError,
  OtherBatchWalletError,
  SignedElsewhereError,
} from './sign-batch.ts'
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

const SENDS = new Set(['wallet_sendCalls', 'eth_sendTransaction'])

/** A wallet with the account of the run. What it says of batches can be changed. */
function walletNamed(id: string) {
  const asked: string[] = []
  const says = { send: () => fail(-32603) as unknown, status: () => fail(-32603) as unknown }
  const request = async ({ method }: { method: string }) => {
    if (method === 'eth_accounts') return [ACCOUNT]
    if (method === 'eth_chainId') return '0x7a69'
    asked.push(method)
    return SENDS.has(method) ? says.send() : says.status()
  }
  const wallet: Wallet = { id, name: id, isDev: false, provider: { request } }
  return { wallet, asked, says }
}

function fail(code: number): never {
  throw Object.assign(new Error(`code ${code}`), { code })
}

/** A server that hands out both transactions, and answers a report with `reported`. */
function serve(reported: () => Response = () => Response.json({})) {
  vi.stubGlobal('fetch', async (url: string) =>
    String(url).endsWith('/execute') ? Response.json({ tx_requests: requests }) : reported(),
  )
  onTestFinished(async () => {
    vi.unstubAllGlobals()
    await forgetBatch(run.id)
    writeStored(SENT, null)
  })
}

const SENT = `countersign.sent.${run.id}`
const HASH = `0x${'1'.repeat(64)}`

const execute = ({ wallet }: { wallet: Wallet }, batching: 'separate' | null = 'separate') =>
  executeRun({
    run,
    artifacts: {},
    sent: [],
    wallet,
    batching,
    onSteps: () => {},
    onMoved: async () => {},
  })

test('a batch whose answer was lost is handed over once: only its own wallet, or a person who looked, ends that', async () => {
  serve()
  const [first, second] = [walletNamed('org.one'), walletNamed('org.two')]
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
  await forgetBatch(run.id)
  await expect(execute(second)).rejects.toThrow(BatchUnsettledError)
  expect(second.asked).toEqual(['wallet_sendCalls'])
})

test.each(['locks', 'no locks, as on plain http,'])(
  'of two pages of a browser with %s one has the wallet asked, and the other says so',
  async (locks) => {
    serve()
    if (locks !== 'locks') vi.stubGlobal('navigator', {})
    const { wallet, asked } = walletNamed('org.one')
    const ends = await Promise.allSettled([execute({ wallet }), execute({ wallet })])
    const errors = ends.map((end) => (end.status === 'rejected' ? end.reason.constructor : null))
    expect(new Set(errors)).toEqual(new Set([BatchUnsettledError, SignedElsewhereError]))
    expect(asked).toEqual(['wallet_sendCalls'])
  },
)

test('while a page has the wallet sign, another page of the browser neither signs nor forgets what is kept', async () => {
  serve()
  const { wallet, asked, says } = walletNamed('org.one')
  const [opened, answered] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  says.send = async () => {
    opened.resolve()
    await answered.promise
    return fail(-32603)
  }
  const first = execute({ wallet })
  await opened.promise
  const kept = readKeptBatch(run.id)
  expect(kept).not.toBeNull()
  await expect(execute({ wallet }, null)).rejects.toThrow(SignedElsewhereError)
  await expect(forgetBatch(run.id)).rejects.toThrow(SignedElsewhereError)
  expect(readKeptBatch(run.id)).toEqual(kept)
  answered.resolve()
  await expect(first).rejects.toThrow(BatchUnsettledError)
  expect(asked).toEqual(['wallet_sendCalls'])
})

test('without locks, what is signed one by one stops before the next where another page handed over a batch', async () => {
  serve()
  vi.stubGlobal('navigator', {})
  const { wallet, asked, says } = walletNamed('org.one')
  const batch = { id: 'b', txRequestIds: ['swap-1'], wallet: { id: 'org.one', name: 'org.one' } }
  says.send = () => HASH
  says.status = () => {
    // The receipt of the first: the other page acts meanwhile.
    writeStored(`countersign.batch.${run.id}`, JSON.stringify(batch))
    return { status: '0x1', transactionHash: HASH, blockNumber: '0x1', logs: [] }
  }
  await expect(execute({ wallet }, null)).rejects.toThrow(SignedElsewhereError)
  expect(asked.filter((method) => method === 'eth_sendTransaction')).toHaveLength(1)
  expect(readKeptBatch(run.id)).toEqual(batch)
})

test('where the server did not answer, nobody is asked to say that nothing was sent: the hash that is known is reported again', async () => {
  let answer = () => Response.json({ error: { code: 'AWAY', message: 'away' } }, { status: 502 })
  serve(() => answer())
  const { wallet, asked, says } = walletNamed('org.one')
  says.send = () => ({ id: 'b' })
  says.status = () => ({ status: 200, atomic: true, receipts: [{ transactionHash: HASH }] })
  const ends: Record<string, boolean> = {}
  const tryWith = async (name: string, next: typeof answer) => {
    answer = next
    ends[name] = mayForgetAfter(await execute({ wallet }).catch((error: unknown) => error))
    expect(readKeptBatch(run.id)?.made).toEqual({ hashes: [HASH], isOne: true })
  }
  for (const status of [502, 429, 401, 404, 409, 422]) {
    await tryWith(`${status}`, () => Response.json({ error: { code: 'NO', message: 'no' } }, { status }))
  }
  await tryWith('offline', () => {
    throw new TypeError('Failed to fetch')
  })
  const no = { '502': false, '429': false, '401': false, '404': false, offline: false }
  expect(ends).toEqual({ ...no, '409': true, '422': true })
  expect(asked).toEqual(['wallet_sendCalls', 'wallet_getCallsStatus'])
  answer = () => Response.json({})
  await execute({ wallet })
  expect(readKeptBatch(run.id)).toBeNull()
})

test('what was sent from this browser and could not be reported is reported, and not signed again in a batch', async () => {
  serve(() => Response.json({ error: { code: 'CONFLICT', message: 'no' } }, { status: 409 }))
  const { wallet, asked } = walletNamed('org.one')
  writeStored(SENT, JSON.stringify({ 'approve-1': HASH }))
  await expect(execute({ wallet })).rejects.toThrow('no')
  expect(asked).toEqual([])
  expect(readSent(run.id)).toEqual({ 'approve-1': HASH })
})
