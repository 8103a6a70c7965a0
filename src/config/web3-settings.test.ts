import { expect, test } from 'vitest'
import { readConfig } from '../config.ts'
import { openChains } from '../open-web3.ts'

const USDC = '0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48'

test('without settings nothing is reachable, and the limits are those of the contract', () => {
  expect(readConfig({})).toMatchObject({
    RPC_URLS: undefined,
    DEVNET: 'auto',
    DEFAULT_SLIPPAGE_BPS: 50,
    MIN_SLIPPAGE_BPS: 10,
    MAX_SLIPPAGE_BPS: 200,
    DEFAULT_DEADLINE_SECONDS: 1200,
    ALLOWLIST_TO_ALL: false,
  })
})

test('an address of an RPC is a list of one', () => {
  const { RPC_URLS } = readConfig({ RPC_URLS: '{"1":"https://a.example/x","8453":["https://b.example"]}' })
  expect(RPC_URLS).toEqual({ '1': ['https://a.example/x'], '8453': ['https://b.example'] })
})

test.each([
  ['ALLOWLIST_TO', '["0x12"]'],
  ['ALLOWLIST_TO', `["${USDC}",]`],
  ['ALLOWLIST_TO', USDC],
  ['ALLOWLIST_TO', `["${USDC.replace('A0b', 'a0b')}"]`],
  ['ALLOWLISTED_TOKENS', `{"1":{"USDC":{"address":"${USDC}"}}}`],
  ['ALLOWLISTED_TOKENS', `{"one":{"USDC":{"address":"${USDC}","decimals":6}}}`],
  ['ALLOWLISTED_TOKENS', `{"1":{"USDC":{"address":"${USDC}","decimals":6,"is_natve":true}}}`],
  ['ALLOWLISTED_ROUTERS', '{"1":{"R":{"address":"0x7a250d5630B4cF539739dF2C5dAcb4c659F2488d"}}}'],
  ['ALLOWLISTED_ROUTERS', '[]'],
  ['RPC_URLS', '{"1":"ftp://x"}'],
  ['RPC_URLS', '{"1":[]}'],
  ['RPC_URLS', 'https://x.example'],
  ['RPC_URLS', '{}'],
  ['RPC_URLS', '{"5":"https://x.example"}'],
  ['DEX_KIND', 'sushi'],
  ['DEVNET', 'maybe'],
  ['DEFAULT_SLIPPAGE_BPS', '300'],
  ['MIN_SLIPPAGE_BPS', '60'],
  ['DEFAULT_DEADLINE_SECONDS', '0'],
])('%s=%s stops the start, and the message names the setting', (name, value) => {
  expect(() => readConfig({ [name]: value })).toThrow(new RegExp(`\\b${name}\\b`))
})

test('what is no number is said to be none', () => {
  expect(() => readConfig({ DEVNET_PORT: 'abc' })).toThrow(/DEVNET_PORT: expected a number$/)
  expect(() => readConfig({ DEVNET_PORT: '80.5' })).toThrow(/DEVNET_PORT: expected a whole number$/)
  expect(() => readConfig({ DEVNET_PORT: '70000' })).toThrow(/DEVNET_PORT: .*65535$/)
})

test('a chain that is not built in can be reached once its tokens are named', () => {
  const ALLOWLISTED_TOKENS = `{"5":{"USDC":{"address":"${USDC}","decimals":6}}}`
  const config = readConfig({ RPC_URLS: '{"5":"https://x.example"}', ALLOWLISTED_TOKENS })
  expect(openChains(config).supported()).toEqual([5])
})

test('what RPC_URLS holds is not told where it is wrong', () => {
  expect(() => readConfig({ RPC_URLS: '{"1":"https://x.example/s3cret"' })).toThrow(/^(?!.*s3cret)/s)
})
