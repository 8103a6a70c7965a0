import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { CANONICAL, DEV_ACCOUNT } from '../../src/web3/devnet/addresses.ts'
import { Allowlists, WalletAllowances, WalletBalances, WalletSnapshotView } from '../../src/web3/schema.ts'
import { startTestDevnet, type TestDevnet } from '../harness/start-devnet.ts'
import { startTestServer, type TestServer } from '../harness/start-test-server.ts'
import { startFakeRpc } from './fake-rpc.ts'

let devnet: TestDevnet
let server: TestServer
beforeAll(async () => {
  devnet = await startTestDevnet()
  server = await startTestServer({ devnet })
})
afterAll(async () => {
  await server.close()
  await devnet.stop()
})

const USDC = { token: CANONICAL.usdc, symbol: 'USDC', decimals: 6, balance: '10000000000' }

test('a snapshot of the dev account has its ether, its tokens and its allowances, at one block', async () => {
  const { status, body } = await server.get(`/v1/wallets/${DEV_ACCOUNT}/snapshot?chainId=31337`)
  expect(status).toBe(200)
  expect(WalletSnapshotView.parse(body)).toEqual(body)
  expect(body).toMatchObject({
    chainId: 31337,
    walletAddress: DEV_ACCOUNT,
    native: { balanceWei: '100000000000000000000000' },
    erc20: [USDC, { symbol: 'WETH', balance: '0' }],
    allowances: [
      { token: CANONICAL.usdc, spender: CANONICAL.router, allowance: '0' },
      { token: CANONICAL.weth, spender: CANONICAL.router, allowance: '0' },
    ],
    blockNumber: Number(await devnet.client.getBlockNumber()),
    errors: [],
  })
})

test('balances and allowances are parts of it, and a spender may be an address or the key of a router', async () => {
  const balances = await server.get(`/v1/wallets/${DEV_ACCOUNT}/balances`)
  expect(WalletBalances.strict().parse(balances.body).erc20[0]).toEqual(USDC)
  const at = (spender: string) => server.get(`/v1/wallets/${DEV_ACCOUNT}/allowances?spender=${spender}`)
  for (const spender of ['UNISWAP_V2_ROUTER', CANONICAL.router, CANONICAL.router.toLowerCase()]) {
    const { body } = await at(spender)
    expect(
      WalletAllowances.strict()
        .parse(body)
        .allowances.map((entry) => entry.spender),
    ).toEqual([CANONICAL.router, CANONICAL.router])
  }
  for (const spender of ['NOBODY', 'constructor', '0x12']) {
    expect((await at(spender)).body.error.details[0]).toMatchObject({ path: 'spender' })
  }
})

test('a wallet with a wrong checksum is accepted and answered with the right one', async () => {
  const { status, body } = await server.get(
    '/v1/wallets/0x742d35Cc6634C0532925a3b844Bc9e7595f0bEb0/snapshot?chainId=31337',
  )
  expect(status).toBe(200)
  expect(body.walletAddress).toBe('0x742D35CC6634c0532925A3b844BC9E7595F0BEb0')
})

test('what is no address and what is no supported chain is 422, and says what is', async () => {
  for (const address of ['0x12', 'vitalik.eth', `0x${'g'.repeat(40)}`, `0X${'1'.repeat(40)}`]) {
    for (const part of ['snapshot', 'balances', 'allowances']) {
      const { status, body } = await server.get(`/v1/wallets/${address}/${part}?chainId=31337`)
      expect([address, status]).toEqual([address, 422])
      expect(body.error.details[0].path).toBe('address')
    }
  }
  for (const path of [`/v1/wallets/${DEV_ACCOUNT}/snapshot`, '/v1/config/allowlists']) {
    for (const chainId of ['1', '999', '9007199254740991']) {
      const { status, body } = await server.get(`${path}?chainId=${chainId}`)
      expect(status).toBe(422)
      expect(body.error).toMatchObject({
        code: 'UNSUPPORTED_CHAIN',
        message: expect.stringContaining('supported: 31337'),
      })
    }
    for (const chainId of ['0', '-1', '1.5', 'x', '']) {
      expect((await server.get(`${path}?chainId=${chainId}`)).status).toBe(422)
    }
  }
})

test('the allowlists of a chain tell what may be named and where transactions may go', async () => {
  const { status, body } = await server.get('/v1/config/allowlists?chainId=31337')
  expect(status).toBe(200)
  expect(Allowlists.strict().parse(body)).toMatchObject({
    chain_id: 31337,
    tokens: {
      ETH: { address: CANONICAL.weth, decimals: 18, is_native: true },
      USDC: { address: CANONICAL.usdc, decimals: 6, is_native: false },
    },
    routers: { UNISWAP_V2_ROUTER: { address: CANONICAL.router } },
    default_slippage_bps: 50,
    max_slippage_bps: 200,
    devnet_url: devnet.url,
    supported_chains: [{ chain_id: 31337, name: 'Devnet' }],
  })
  expect((await server.get('/v1/config/web3')).body).toEqual({ chains: [body] })
})

test('trouble with an RPC is 502 and shows nothing of its address', async () => {
  const key = 's3cret-of-the-provider'
  const broken = await startFakeRpc(() => ({ status: 500, body: '{}' }))
  const other = await startTestServer({
    settings: { RPC_URLS: JSON.stringify({ '1': `${broken.url}/v3/${key}`, '8453': [devnet.url] }) },
  })
  onTestFinished(async () => {
    await other.close()
    await broken.stop()
  })
  const failing = await other.get(`/v1/wallets/${DEV_ACCOUNT}/snapshot?chainId=1`)
  expect(failing.status).toBe(502)
  expect(failing.body.error).toMatchObject({ code: 'WEB3_RPC_ERROR', details: [{ type: 'http_error' }] })
  expect(failing.text).not.toContain(key)
  // The devnet is no Base, whatever the settings say.
  const lying = await other.get(`/v1/wallets/${DEV_ACCOUNT}/snapshot?chainId=8453`)
  expect(lying.status).toBe(502)
  expect(lying.body.error.details[0].type).toBe('wrong_chain')
  // With several chains it has to be said which.
  const unsaid = await other.get(`/v1/wallets/${DEV_ACCOUNT}/snapshot`)
  expect(unsaid.body.error.details[0]).toMatchObject({ path: 'chainId', message: 'expected one of 1, 8453' })
  expect((await other.get('/v1/config/web3')).body.chains).toMatchObject([
    { chain_id: 1 },
    { chain_id: 8453 },
  ])
})

test('whoever shows no credential reads no wallet where credentials are wanted', async () => {
  const closed = await startTestServer({
    settings: {
      AUTH_SECRET: 'x'.repeat(40),
      RPC_URLS: JSON.stringify({ '31337': devnet.url }),
    },
  })
  onTestFinished(() => closed.close())
  expect((await closed.get(`/v1/wallets/${DEV_ACCOUNT}/snapshot`)).status).toBe(401)
  expect((await closed.get('/v1/config/allowlists')).status).toBe(401)
  expect((await closed.get('/v1/config/web3')).status).toBe(401)
})

test('an address that settings name is told to nobody, also where it is a devnet on this machine', async () => {
  const key = 's3cret-of-the-provider'
  const named = await startTestServer({
    settings: { RPC_URLS: JSON.stringify({ '31337': `${devnet.url}/v2/${key}` }) },
  })
  onTestFinished(() => named.close())
  for (const path of ['/v1/config/allowlists', '/v1/config/web3', '/studio/']) {
    const { text, headers } = await named.get(path)
    expect(text).not.toContain(key)
    expect(text + headers.get('content-security-policy')).not.toContain(new URL(devnet.url).host)
  }
  expect((await named.get('/v1/config/allowlists')).body.devnet_url).toBeNull()
})

test('where no chain is reached, the routes say so and what to do', async () => {
  const nowhere = await startTestServer()
  onTestFinished(() => nowhere.close())
  for (const path of ['/v1/config/allowlists', `/v1/wallets/${DEV_ACCOUNT}/snapshot`]) {
    expect((await nowhere.get(path)).body.error).toMatchObject({
      code: 'UNSUPPORTED_CHAIN',
      message: 'no chain can be reached here: set RPC_URLS, or DEVNET=on',
    })
  }
  expect((await nowhere.get('/v1/config/web3')).body).toEqual({ chains: [] })
})

test('the page of the Studio may speak to the devnet of this server and to nobody else', async () => {
  const connectOf = async (one: TestServer) =>
    /connect-src ([^;]+);/.exec((await one.get('/studio/')).headers.get('content-security-policy') ?? '')?.[1]
  expect(await connectOf(server)).toBe(`'self' ${devnet.url}`)
  const remote = await startTestServer({ settings: { RPC_URLS: '{"1":"https://rpc.example.com/KEY"}' } })
  onTestFinished(() => remote.close())
  expect(await connectOf(remote)).toBe("'self'")
})
