import { strict as assert } from 'node:assert'
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { call } from '../golden-run/run-golden.ts'

const CHAIN = 31337
/** The account that the local chain keeps unlocked for whoever plays with it. */
const WALLET = '0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266'
const SENTENCE = 'Swap 50 USDC to ETH on Uniswap with 0.5% slippage'

type Transaction = { txRequestId: string; to: string; data: string; valueWei: string }
type Planned = {
  status: string
  artifacts: {
    plan_hash: string
    tx_requests: Transaction[]
    quote: { minOut: string }
    decision: { severity: string; reasons: string[] }
  }
}
type Tracked = { status: string; transactions: { state: string }[] }
type Receipt = { status: string; gasUsed: string; effectiveGasPrice: string }

/** Runs the sentence until it is confirmed, and asserts balances, journal and the verified record. */
export async function runSwap(
  address: string,
  headers: Record<string, string>,
): Promise<{ runId: string; received: bigint }> {
  const post = <T>(path: string, body: unknown = {}) => call<T>('POST', `${address}/v1${path}`, headers, body)
  const get = <T>(path: string) => call<T>('GET', `${address}${path}`, headers)
  const { devnet_url: rpc, tokens } = await get<{
    devnet_url: string | null
    tokens: { USDC: { address: string } }
  }>(`/v1/config/allowlists?chainId=${CHAIN}`)
  assert.ok(rpc, 'there is no local chain; `npm start` brings one unless DEVNET=off or RPC_URLS is set')
  const holdings = async () => ({
    dollars: BigInt(await ask<string>(rpc, 'eth_call', [balanceCall(tokens.USDC.address), 'latest'])),
    ether: BigInt(await ask<string>(rpc, 'eth_getBalance', [WALLET, 'latest'])),
  })
  const before = await holdings()

  const { runId } = await post<{ runId: string }>('/runs', {
    intent: SENTENCE,
    walletAddress: WALLET,
    chainId: CHAIN,
  })
  const planned = await post<Planned>(`/runs/${runId}/start`)
  const { plan_hash, tx_requests, quote, decision } = planned.artifacts
  assert.equal(planned.status, 'AWAITING_APPROVAL', JSON.stringify(decision))
  assert.equal(decision.severity, 'LOW', decision.reasons.join())
  assert.deepEqual(await holdings(), before, 'planning moves nothing')

  await post(`/runs/${runId}/approve`, { plan_hash, reviewer: 'jane', notes: 'as I asked' })
  const handed = await post<{ tx_requests: Transaction[] }>(`/runs/${runId}/execute`)
  assert.deepEqual(handed.tx_requests, tx_requests, 'what is handed out is what was approved')

  // What a wallet does: it signs and sends each, one after the other, and reports its hash.
  let fees = 0n
  for (const { txRequestId, to, data, valueWei } of handed.tx_requests) {
    const value = `0x${BigInt(valueWei).toString(16)}`
    const transaction = { from: WALLET, to, data, value, gas: '0x7a120' }
    const txHash = await ask<string>(rpc, 'eth_sendTransaction', [transaction])
    await post(`/runs/${runId}/tx_submitted`, { txHash, txRequestId, submittedBy: 'dev_wallet' })
    const { gasUsed, effectiveGasPrice } = await mined(rpc, txHash)
    fees += BigInt(gasUsed) * BigInt(effectiveGasPrice)
  }
  const tracked = await confirmed(() => post<Tracked>(`/runs/${runId}/poll_tx`))
  assert.deepEqual(new Set(tracked.transactions.map(({ state }) => state)), new Set(['CONFIRMED']))

  const after = await holdings()
  const received = after.ether + fees - before.ether
  assert.equal(before.dollars - after.dollars, 50_000_000n, 'exactly 50 USDC left the wallet')
  assert.ok(received >= BigInt(quote.minOut), `at least ${quote.minOut} wei came, got ${received}`)

  const { entries } = await get<{ entries: { title: string }[] }>(`/v1/runs/${runId}/journal`)
  const titles = entries.map(({ title }) => title)
  const approved = titles.indexOf('Approval approved')
  assert.ok(approved > 0, `the journal tells of the approval: ${titles.join(', ')}`)
  assert.ok(titles.slice(0, approved).some((title) => title.startsWith('Swap 50 USDC for at least')))
  await verify(address, headers, runId)
  return { runId, received }
}

const balanceCall = (token: string) => ({ to: token, data: `0x70a08231${WALLET.slice(2).padStart(64, '0')}` })

/** One call of the chain's own API. */
async function ask<T>(rpc: string, method: string, params: unknown[]): Promise<T> {
  const body = { jsonrpc: '2.0', id: 1, method, params }
  const { result, error } = await call<{ result: T; error?: { message: string } }>('POST', rpc, {}, body)
  assert.equal(error, undefined, `${method}: ${error?.message}`)
  return result
}

async function mined(rpc: string, hash: string): Promise<Receipt> {
  for (;;) {
    const receipt = await ask<Receipt | null>(rpc, 'eth_getTransactionReceipt', [hash])
    if (receipt) {
      assert.equal(receipt.status, '0x1', `transaction ${hash} reverted`)
      return receipt
    }
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

/** Asks until the run has come to its end. */
async function confirmed(poll: () => Promise<Tracked>): Promise<Tracked> {
  for (;;) {
    const tracked = await poll()
    if (tracked.status === 'CONFIRMED') return tracked
    assert.equal(tracked.status, 'SUBMITTED', JSON.stringify(tracked))
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

/** `countersign verify` on the exported record, with the key that an auditor would have pinned. */
async function verify(address: string, headers: Record<string, string>, runId: string): Promise<void> {
  const { checkpoint_key: key } = await call<{ checkpoint_key: string }>(
    'GET',
    `${address}/api/v1/installation`,
    headers,
  )
  const exported = await fetch(`${address}/v1/runs/${runId}/export`, { headers })
  assert.equal(exported.status, 200)
  const folder = mkdtempSync(join(tmpdir(), 'countersign-swap-'))
  try {
    const bundle = join(folder, 'run.bundle')
    writeFileSync(bundle, await exported.text())
    const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url))
    // Anything but "verified" ends with another code than 0, which rejects.
    await promisify(execFile)(process.execPath, [main, 'verify', bundle, '--key', key])
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
