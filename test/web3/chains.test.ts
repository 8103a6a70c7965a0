import { erc20Abi, keccak256, size, TransactionNotFoundError } from 'viem'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { readConfig } from '../../src/config.ts'
import { openChains } from '../../src/open-web3.ts'
import type { Web3Client } from '../../src/web3/chains.ts'
import { CANONICAL, DEV_ACCOUNT } from '../../src/web3/devnet/addresses.ts'
import { readMany } from '../../src/web3/quote/read-many.ts'
import type { RpcRecord } from '../../src/web3/rpc/transport.ts'
import { readSnapshot } from '../../src/web3/snapshot.ts'
import { startTestDevnet, type TestDevnet } from '../harness/start-devnet.ts'
import { startRpcProxy } from '../harness/start-rpc-proxy.ts'
import { passOn, refusal, result, startFakeRpc } from './fake-rpc.ts'

let devnet: TestDevnet
beforeAll(async () => {
  devnet = await startTestDevnet()
})
afterAll(() => devnet.stop())

/** A transfer of a token that the sender does not hold. */
const TOO_MUCH = {
  account: CANONICAL.multicall3,
  to: CANONICAL.usdc,
  data: `0xa9059cbb${'0'.repeat(63)}1${'0'.repeat(63)}1`,
} as const

const KEY = 'k3y-of-the-provider-9f8e7d'

const fakeRpc = async (...args: Parameters<typeof startFakeRpc>) => {
  const fake = await startFakeRpc(...args)
  onTestFinished(() => fake.stop())
  return fake
}

const chainsAt = (urls: string | string[], timeoutMs = 2_000) =>
  openChains(readConfig({ RPC_URLS: JSON.stringify({ '31337': urls }), RPC_TIMEOUT_MS: String(timeoutMs) }))

/** Asks for a balance and says how that failed. */
async function failureOf(urls: string | string[], timeoutMs?: number) {
  const chains = chainsAt(urls, timeoutMs)
  const failed = await chains
    .clientOf(31337)
    .getBalance({ address: DEV_ACCOUNT })
    .then(
      () => null,
      (error) => chains.explain(31337, error),
    )
  return (
    failed && {
      ...failed.toEnvelope().error,
      status: failed.status,
      text: JSON.stringify(failed.toEnvelope()),
    }
  )
}

test('every call is told by name with what was asked and answered', async () => {
  const records: RpcRecord[] = []
  const client = chainsAt(devnet.url).clientOf(31337, (record) => records.push(record))
  await client.getBalance({ address: DEV_ACCOUNT })
  const token = { address: CANONICAL.usdc, abi: erc20Abi } as const
  await client.readContract({ ...token, functionName: 'balanceOf', args: [DEV_ACCOUNT] })
  await client.readContract({ ...token, functionName: 'allowance', args: [DEV_ACCOUNT, CANONICAL.router] })
  await client.readContract({ ...token, functionName: 'decimals' })
  await client.readContract({ ...token, functionName: 'symbol' })
  await client.estimateGas(TOO_MUCH).catch(() => {})
  await client.simulateBlocks({ blocks: [{ calls: [{ from: DEV_ACCOUNT, to: DEV_ACCOUNT }] }] })
  expect(records.map(({ name }) => name)).toEqual([
    'web3.eth_chainId',
    'web3.eth_getBalance',
    'web3.erc20.balanceOf',
    'web3.erc20.allowance',
    'web3.erc20.decimals',
    'web3.erc20.symbol',
    'web3.estimate_gas',
    'web3.eth_simulateV1',
  ])
  expect(records[3]).toMatchObject({
    request: {
      chainId: 31337,
      endpoint: new URL(devnet.url).host,
      token: CANONICAL.usdc,
      owner: DEV_ACCOUNT.toLowerCase(),
      spender: CANONICAL.router.toLowerCase(),
      block: 'latest',
    },
    response: `0x${'0'.repeat(64)}`,
    error: null,
  })
  expect(records[6]).toMatchObject({ response: null, error: expect.stringContaining('revert') })
  expect(Date.parse(records[0]!.endedAt)).toBeGreaterThanOrEqual(Date.parse(records[0]!.startedAt))
})

const askThree = (client: Web3Client) =>
  Promise.all([
    client.getBalance({ address: DEV_ACCOUNT }),
    client.getCode({ address: CANONICAL.router }),
    client.readContract({ address: CANONICAL.usdc, abi: erc20Abi, functionName: 'decimals' }),
  ])

test('what is asked at the same moment is one request, and still told call by call, a failure as its own', async () => {
  const proxy = await startRpcProxy(devnet.url)
  onTestFinished(() => proxy.stop())
  const records: RpcRecord[] = []
  const client = chainsAt(proxy.url).clientOf(31337, (record) => records.push(record))
  await client.getChainId()
  const [before] = [proxy.requests(), records.splice(0)]
  const [answers, failure] = await Promise.all([
    askThree(client),
    client.call(TOO_MUCH).then(
      () => null,
      (error) => error,
    ),
  ])
  expect(proxy.requests() - before).toBe(1)
  expect(answers).toEqual([
    await devnet.client.getBalance({ address: DEV_ACCOUNT }),
    await devnet.client.getCode({ address: CANONICAL.router }),
    6,
  ])
  expect(failure.message).toContain('revert')
  expect(records.map(({ name, error }) => [name, error === null])).toEqual([
    ['web3.eth_getBalance', true],
    ['web3.eth_getCode', true],
    ['web3.erc20.decimals', true],
    ['web3.eth_call', false],
  ])
})

test.each<[string, (batch: unknown[]) => { status?: number; body: string }]>([
  [
    'as a request that is none',
    () => ({ body: '{"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"no"}}' }),
  ],
  ['with HTTP 400', () => ({ status: 400, body: 'no batches' })],
  ['by breaking', () => ({ status: 500, body: '' })],
  ['in words', () => ({ body: 'batches are for paying customers' })],
  ['by answering only the first', () => ({ body: '[{"jsonrpc":"2.0","id":1,"result":"0x0"}]' })],
  ['by answering nothing', () => ({ body: '[]' })],
  [
    'with answers to other calls',
    (batch) => ({ body: JSON.stringify(batch.map(() => ({ id: 99, result: '0x0' }))) }),
  ],
])('an RPC that refuses batches %s is asked call by call, from then on', async (_how, refuse) => {
  const batches: number[] = []
  const single = await fakeRpc(
    passOn(devnet.url, () => null),
    (batch) => {
      batches.push(batch.length)
      return refuse(batch)
    },
  )
  const chains = chainsAt(single.url)
  await chains.clientOf(31337).getChainId()
  const expected = await askThree(chainsAt(devnet.url).clientOf(31337))
  expect(await askThree(chains.clientOf(31337))).toEqual(expected)
  expect(await askThree(chains.clientOf(31337))).toEqual(expected)
  expect(batches).toEqual([3])
})

test('a batch that never comes back is tried call by call, and one that a busy RPC refuses as a batch again', async () => {
  const expected = await askThree(chainsAt(devnet.url).clientOf(31337))
  const hanging = await fakeRpc(
    passOn(devnet.url, () => null),
    () => 'silence',
  )
  expect(await askThree(chainsAt(hanging.url, 300).clientOf(31337))).toEqual(expected)
  const sizes: number[] = []
  const busy = await fakeRpc(
    passOn(devnet.url, () => null),
    (batch) => {
      sizes.push(batch.length)
      return sizes.length === 1 ? { status: 503, body: 'later' } : null
    },
  )
  const client = chainsAt(busy.url).clientOf(31337)
  expect(await askThree(client)).toEqual(expected)
  expect(await askThree(client)).toEqual(expected)
  expect([sizes[0], sizes.at(-1)]).toEqual([3, 3])
})

test('code is told by its hash and length, a block without what its hash stands for', async () => {
  const records: RpcRecord[] = []
  const client = chainsAt(devnet.url).clientOf(31337, (record) => records.push(record))
  const code = (await client.getCode({ address: CANONICAL.router }))!
  await client.getCode({ address: DEV_ACCOUNT })
  const { hash } = await client.getBlock()
  // That it reverts makes no difference to what is told of the request.
  await client.call({ to: DEV_ACCOUNT, stateOverride: [{ address: DEV_ACCOUNT, code }] }).catch(() => {})
  const [, ofRouter, ofAccount, ofBlock, ofCall] = records
  const byHash = { keccak256: keccak256(code), bytes: size(code) }
  expect(ofRouter!.response).toEqual(byHash)
  expect(ofAccount!.response).toBe('0x')
  expect(ofBlock!.response).toMatchObject({
    hash,
    timestamp: expect.any(String),
    baseFeePerGas: expect.any(String),
  })
  expect(Object.keys(ofBlock!.response as object)).not.toContain('transactions')
  expect(JSON.stringify(ofCall!.request)).toContain(JSON.stringify(byHash.keccak256))
  expect(JSON.stringify(records)).not.toContain(code.slice(100, 200))
})

test('an RPC that answers for another chain is refused, and asked once', async () => {
  const liar = await fakeRpc((request) => result(request, '0x1'))
  const chains = chainsAt(liar.url)
  for (let attempt = 0; attempt < 2; attempt++) {
    const error = await chains
      .clientOf(31337)
      .getBalance({ address: DEV_ACCOUNT })
      .catch((cause) => cause)
    expect(chains.explain(31337, error)).toMatchObject({
      status: 502,
      failure: 'wrong_chain',
      message: expect.stringMatching(/the RPC of chain 31337 at 127\.0\.0\.1:\d+ answers for chain 1$/),
    })
  }
  expect(liar.asked).toEqual(['eth_chainId'])
})

test('where one RPC lies or fails the next one answers', async () => {
  const liar = await fakeRpc((request) => result(request, '0x1'))
  const broken = await fakeRpc(() => ({ status: 503, body: 'overloaded' }))
  const chains = chainsAt([liar.url, broken.url, devnet.url])
  const balance = await chains.clientOf(31337).getBalance({ address: DEV_ACCOUNT })
  expect(balance).toBeGreaterThan(0n)
})

test('silence, refusals and garbage are told apart', async () => {
  const silent = await fakeRpc(() => 'silence')
  expect(await failureOf(silent.url, 150)).toMatchObject({ status: 502, details: [{ type: 'timeout' }] })
  const refusing = await fakeRpc((request) =>
    refusal(request, { code: -32005, message: 'too many requests' }),
  )
  expect(await failureOf(refusing.url)).toMatchObject({
    status: 502,
    details: [{ type: 'refused' }],
    message: expect.stringContaining('too many requests'),
  })
  const failing = await fakeRpc(() => ({ status: 500, body: '{}' }))
  expect(await failureOf(failing.url)).toMatchObject({ details: [{ type: 'http_error' }] })
  const gone = await startFakeRpc(() => 'silence')
  await gone.stop()
  expect(await failureOf(gone.url)).toMatchObject({ details: [{ type: 'unreachable' }] })
  for (const body of ['<html>', '', '[]', 'null', '{"jsonrpc":"2.0","id":1}']) {
    const garbling = await fakeRpc(() => ({ body }))
    const failed = await failureOf(garbling.url)
    expect([body, failed?.status]).toEqual([body, 502])
    // Whoever puts it into a sentence ends that.
    expect(failed?.message).not.toMatch(/[.\s]$/)
    if (body === '<html>') expect(failed?.message).toMatch(/answered with something that is no JSON$/)
  }
  for (const value of ['hello', {}, null, [], true, '0xzz']) {
    const garbling = await fakeRpc((request) =>
      result(request, request.method === 'eth_chainId' ? '0x7a69' : value),
    )
    expect([value, (await failureOf(garbling.url))?.status]).toEqual([value, 502])
  }
})

test.each(['', '{}', '{"jsonrpc":"2.0","id":1}', '{"message":"rate limited"}', 'null', '"busy"'])(
  'an answer without a result says nothing, not that there is none: %s',
  async (body) => {
    const empty = await fakeRpc((request) =>
      request.method === 'eth_chainId' ? result(request, '0x7a69') : { body },
    )
    const chains = chainsAt(empty.url)
    const error = await chains
      .clientOf(31337)
      .getTransaction({ hash: `0x${'1'.repeat(64)}` })
      .catch((cause) => cause)
    expect(error).not.toBeInstanceOf(TransactionNotFoundError)
    expect(chains.explain(31337, error)).toMatchObject({ status: 502, failure: 'garbage' })
  },
)

test('a revert is told in the words of the contract', async () => {
  const chains = chainsAt(devnet.url)
  const error = await chains
    .clientOf(31337)
    .call(TOO_MUCH)
    .catch((cause) => cause)
  expect(chains.explain(31337, error)).toMatchObject({
    failure: 'reverted',
    message: expect.stringContaining('ERC20InsufficientBalance'),
  })
})

test('no error and no record shows what the address keeps secret, even where the provider repeats it', async () => {
  const echoing = await fakeRpc((request) =>
    request.method === 'eth_chainId'
      ? result(request, '0x7a69')
      : request.method === 'eth_getBalance'
        ? refusal(request, {
            code: -32000,
            message: `project ${KEY} at http://x/v3/${KEY} is over its limit`,
          })
        : result(request, { note: `you are ${KEY}` }),
  )
  const url = `${echoing.url}/v3/${KEY}?apikey=${KEY}`
  const records: RpcRecord[] = []
  const chains = chainsAt(url)
  const client = chains.clientOf(31337, (record) => records.push(record))
  const error = await client.getBalance({ address: DEV_ACCOUNT }).catch((cause) => cause)
  const explained = chains.explain(31337, error)
  await client.request({ method: 'eth_getBlockByNumber', params: ['latest', false] })
  expect(records.length).toBeGreaterThan(2)
  expect(explained.message).toContain('over its limit')
  for (const text of [JSON.stringify(records), JSON.stringify(explained.toEnvelope()), explained.message]) {
    expect(text).not.toContain(KEY)
  }
})

test('a snapshot is one round trip, also of twenty tokens, and all of one block', async () => {
  const records: RpcRecord[] = []
  const chains = chainsAt(devnet.url)
  const client = chains.clientOf(31337, (record) => records.push(record))
  await client.getChainId()
  records.length = 0
  const registry = chains.registryOf(31337)
  const tokens = Array.from({ length: 20 }, (_, index) => ({ ...registry.tokens.USDC!, symbol: `T${index}` }))
  const snapshot = await readSnapshot(client, { registry, wallet: DEV_ACCOUNT, tokens })
  expect(records).toHaveLength(1)
  expect(records[0]).toMatchObject({ name: 'web3.multicall3.aggregate3' })
  // Each of what it holds goes by the name that it has alone.
  const { calls } = records[0]!.request as { calls: { name: string }[] }
  expect(calls.slice(0, 4)).toEqual([
    { name: 'web3.eth_blockNumber' },
    { name: 'web3.multicall3.getCurrentBlockTimestamp' },
    { name: 'web3.eth_getBalance', address: DEV_ACCOUNT.toLowerCase() },
    { name: 'web3.erc20.balanceOf', token: CANONICAL.usdc, owner: DEV_ACCOUNT.toLowerCase() },
  ])
  await readMany(
    client,
    [{ address: CANONICAL.usdc, abi: erc20Abi, functionName: 'totalSupply' }],
    snapshot.blockNumber,
  )
  expect(records.at(-1)!.request).toMatchObject({ calls: [{ name: 'web3.eth_call', to: CANONICAL.usdc }] })
  const block = await devnet.client.getBlock()
  expect(snapshot).toMatchObject({
    chainId: 31337,
    walletAddress: DEV_ACCOUNT,
    native: { balanceWei: await devnet.client.getBalance({ address: DEV_ACCOUNT }) },
    blockNumber: block.number,
    blockTime: block.timestamp,
    errors: [],
  })
  expect(snapshot.erc20).toHaveLength(20)
  expect(snapshot.allowances).toHaveLength(20)
})

test('a broken token does not lose the snapshot, nor does one that uses up all the gas', async () => {
  const chains = chainsAt(devnet.url)
  const registry = chains.registryOf(31337)
  const token = (symbol: string, address: `0x${string}`) => ({
    symbol,
    address,
    decimals: 18,
    isNative: false,
  })
  const [absent, greedy] = [
    '0x0000000000000000000000000000000000001111',
    '0x0000000000000000000000000000000000002222',
  ] as const
  // JUMPDEST, PUSH1 0, JUMP: until there is no gas left.
  await devnet.client.setCode({ address: greedy, bytecode: '0x5b600056' })
  const tokens = [token('ABSENT', absent), token('GREEDY', greedy), registry.tokens.USDC!]
  const snapshot = await readSnapshot(chains.clientOf(31337), { registry, wallet: DEV_ACCOUNT, tokens })
  expect(snapshot.erc20).toEqual([
    { token: CANONICAL.usdc, symbol: 'USDC', decimals: 6, balance: 10_000_000_000n },
  ])
  expect(snapshot.errors.map((error) => error.token)).toEqual([absent, absent, greedy, greedy])
})

test('where there is no Multicall3 the snapshot is the same, with its code brought along', async () => {
  const { client } = devnet
  const expected = await readSnapshot(chainsAt(devnet.url).clientOf(31337), optionsOf())
  const id = await client.snapshot()
  await client.setCode({ address: CANONICAL.multicall3, bytecode: '0x' })
  const records: RpcRecord[] = []
  const bare = chainsAt(devnet.url)
  const read = () =>
    readSnapshot(
      bare.clientOf(31337, (record) => records.push(record)),
      optionsOf(),
    )
  await read()
  records.length = 0
  expect(await read()).toEqual(expected)
  expect(records.map(({ name }) => name).sort()).toEqual([
    'web3.eth_call',
    'web3.eth_getBalance',
    'web3.eth_getBlockByNumber',
  ])
  await client.revert({ id })
})

test('where an RPC fails in the middle nothing is passed off as an answer', async () => {
  const half = await fakeRpc(
    passOn(devnet.url, (request) => (request.method === 'eth_call' ? { status: 502, body: '{}' } : null)),
  )
  const chains = chainsAt(half.url)
  const error = await readSnapshot(chains.clientOf(31337), optionsOf()).catch((cause) => cause)
  expect(chains.explain(31337, error)).toMatchObject({ status: 502, failure: 'http_error' })
})

const optionsOf = () => ({
  registry: chainsAt(devnet.url).registryOf(31337),
  wallet: DEV_ACCOUNT,
})
