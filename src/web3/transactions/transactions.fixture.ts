import fc from 'fast-check'
import type { Address, Hex } from 'viem'
import { checksumAddress } from '../checksum-address.ts'
import { makeRegistries } from '../registry.ts'

export const registry = makeRegistries().get(31337)!
export const [ETH, USDC, WETH] = [registry.tokens.ETH!, registry.tokens.USDC!, registry.tokens.WETH!]
export const ROUTER = registry.routers.UNISWAP_V2_ROUTER!
export const WALLET: Address = '0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266'
export const FRIEND: Address = '0x70997970C51812dc3A010C7d01b50e0d17dc79C8'

export const addresses = fc
  .uint8Array({ minLength: 20, maxLength: 20 })
  .map((bytes) => checksumAddress(`0x${Buffer.from(bytes).toString('hex')}`)!)
export const amounts = fc.bigInt({ min: 1n, max: 2n ** 160n - 2n })
export const bytes = fc
  .uint8Array({ maxLength: 80 })
  .map((values): Hex => `0x${Buffer.from(values).toString('hex')}`)
