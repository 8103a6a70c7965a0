import type { Address } from 'viem'

/** Where the contracts of the devnet stand: where they stand on chain 1, so that what knows that chain knows this one. */
export const CANONICAL = {
  usdc: '0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48',
  weth: '0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2',
  factory: '0x5C69bEe701ef814a2B6a3EDD4B1652CB9cc5aA6f',
  router: '0x7a250d5630B4cF539739dF2C5dAcb4c659F2488D',
  /** The pool of USDC and WETH: not put there, but made there by the factory, as on chain 1. */
  pair: '0xB4e16d0168e52d35CaCD2c6185b44281Ec28C9Dc',
  multicall3: '0xcA11bde05977b3631167028862bE2a173976CA11',
  tether: '0xdAC17F958D2ee523a2206206994597C13D831ec7',
} as const satisfies Record<string, Address>

/** Tokens for tests that stand in no registry. Each has a pool with WETH, as the one like USDT has. */
export const TRAPS = {
  feeOnTransfer: '0x0000000000000000000000000000000070000001',
  honeypot: '0x0000000000000000000000000000000070000002',
} as const satisfies Record<string, Address>

/** The account of the well-known development mnemonic that people play with. Whoever asks may send from it. */
export const DEV_ACCOUNT: Address = '0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266'

/** The last of the ten unlocked ones: it makes everything and owns the pools. */
export const DEPLOYER: Address = '0xa0Ee7A142d267C1f36714E4a8F75612F20a79720'
