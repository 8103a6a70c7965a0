import { getAddress, isAddress } from 'viem'
import { expect, test } from 'vitest'
import { checksumAddress, hasWrongChecksum } from './checksum-address.ts'
import { makeRegistries } from './registry.ts'

const USDC = '0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48'

test('every default address carries its checksum, and each chain has a coin, a stable token and a router', () => {
  const registries = makeRegistries()
  expect([...registries.keys()]).toEqual([1, 137, 8453, 11155111, 84532, 31337])
  for (const { tokens, routers } of registries.values()) {
    const entries = [...Object.values(tokens), ...Object.values(routers)]
    expect(entries.filter(({ address }) => !isAddress(address))).toEqual([])
    expect(Object.values(tokens).filter(({ isNative }) => isNative)).toHaveLength(1)
    expect(Object.keys(tokens)).toContain('USDC')
    expect(Object.keys(routers)).toEqual(['UNISWAP_V2_ROUTER'])
  }
})

test('the devnet repeats the addresses of chain 1', () => {
  const registries = makeRegistries()
  const [ethereum, devnet] = [registries.get(1)!, registries.get(31337)!]
  expect(devnet.tokens).toEqual(ethereum.tokens)
  expect(devnet.routers).toEqual(ethereum.routers)
})

test('tokens and routers of a setting stand instead of the defaults of that chain, and of no other', () => {
  const registries = makeRegistries({
    tokens: { '1': { USDC: { address: USDC.toLowerCase(), decimals: 6, is_native: false } } },
    routers: { '10': { OTHER: { address: USDC } } },
    to: [USDC],
  })
  expect(registries.get(1)!.tokens).toEqual({
    USDC: { symbol: 'USDC', address: USDC, decimals: 6, isNative: false },
  })
  expect(Object.keys(registries.get(1)!.routers)).toEqual(['UNISWAP_V2_ROUTER'])
  expect(registries.get(10)).toMatchObject({ routers: { OTHER: { address: USDC } }, tokens: {} })
  expect(Object.keys(registries.get(8453)!.tokens)).toEqual(['ETH', 'USDC', 'WETH'])
  expect([...registries.values()].every(({ allowlistTo }) => allowlistTo[0] === USDC)).toBe(true)
})

test('an address with a wrong checksum is refused with the place where it stands', () => {
  const wrong = USDC.replace('A0b', 'a0b')
  expect(() => makeRegistries({ to: [wrong] })).toThrow(/ALLOWLIST_TO: 0xa0b.* wrong checksum/)
  expect(() => makeRegistries({ routers: { '1': { R: { address: wrong } } } })).toThrow(
    /ALLOWLISTED_ROUTERS: 1\.R/,
  )
})

test('the checksum is the one of EIP-55', () => {
  for (const digits of [
    '52908400098527886e0f7030069857d2e4169ee7',
    '742d35cc6634c0532925a3b844bc9e7595f0beb0',
  ]) {
    expect(checksumAddress(`0x${digits}`)).toBe(getAddress(`0x${digits}`))
    expect(hasWrongChecksum(`0x${digits}`)).toBe(false)
    expect(hasWrongChecksum(`0x${digits.toUpperCase()}`)).toBe(false)
  }
  expect(hasWrongChecksum('0x742d35Cc6634C0532925a3b844Bc9e7595f0bEb0')).toBe(true)
  for (const text of ['', '0x12', `0x${'g'.repeat(40)}`, `${'1'.repeat(42)}`]) {
    expect(checksumAddress(text)).toBeNull()
  }
})
