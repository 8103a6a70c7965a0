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

/**
 * The ten accounts of the well-known development mnemonic. Everybody has their keys, and on other chains than local ones
 * programs take at once what comes to them.
 */
export const PUBLIC_ACCOUNTS: readonly Address[] = [
  '0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266',
  '0x70997970C51812dc3A010C7d01b50e0d17dc79C8',
  '0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC',
  '0x90F79bf6EB2c4f870365E785982E1f101E93b906',
  '0x15d34AAf54267DB7D7c367839AAf71A00a2C6A65',
  '0x9965507D1a55bcC2695C58ba16FB37d819B0A4dc',
  '0x976EA74026E726554dB657fA54763abd0C3a0aa9',
  '0x14dC79964da2C08b23698B3D3cc7Ca32193d9955',
  '0x23618e81E3f5cdF7f54C3d65f7FBc0aBf5B21E8f',
  '0xa0Ee7A142d267C1f36714E4a8F75612F20a79720',
]

/** The last of the ten unlocked ones: it makes everything and owns the pools. */
export const DEPLOYER: Address = '0xa0Ee7A142d267C1f36714E4a8F75612F20a79720'
