import type { Address } from 'viem'
import type { ChainRegistry, Token } from './registry.ts'

/** The chain that the devnet runs. */
export const DEVNET_CHAIN_ID = 31337

type Coin = { symbol: string; wrapped: string }
type DefaultChain = { chainId: number; name: string; coin: Coin; tokens: Token[]; router: Address }

const ETHER: Coin = { symbol: 'ETH', wrapped: 'WETH' }

const token = (symbol: string, decimals: number, address: Address): Token => ({
  symbol,
  address,
  decimals,
  isNative: false,
})

const ETHEREUM = {
  coin: ETHER,
  tokens: [
    token('USDC', 6, '0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48'),
    token('WETH', 18, '0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2'),
  ],
  router: '0x7a250d5630B4cF539739dF2C5dAcb4c659F2488D',
} as const

/** Circle's USDC, the wrapped coin, and the router that Uniswap itself deployed on each chain. */
const CHAINS: DefaultChain[] = [
  { chainId: 1, name: 'Ethereum', ...ETHEREUM, tokens: [...ETHEREUM.tokens] },
  {
    chainId: 137,
    name: 'Polygon',
    coin: { symbol: 'POL', wrapped: 'WPOL' },
    tokens: [
      token('USDC', 6, '0x3c499c542cEF5E3811e1192ce70d8cC03d5c3359'),
      token('WPOL', 18, '0x0d500B1d8E8eF31E21C99d1Db9A6444d3ADf1270'),
      token('WETH', 18, '0x7ceB23fD6bC0adD59E62ac25578270cFf1b9f619'),
    ],
    router: '0xedf6066a2b290C185783862C7F4776A2C8077AD1',
  },
  {
    chainId: 8453,
    name: 'Base',
    coin: ETHER,
    tokens: [
      token('USDC', 6, '0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913'),
      token('WETH', 18, '0x4200000000000000000000000000000000000006'),
    ],
    router: '0x4752ba5DBc23f44D87826276BF6Fd6b1C372aD24',
  },
  {
    chainId: 11155111,
    name: 'Sepolia',
    coin: ETHER,
    tokens: [
      token('USDC', 6, '0x1c7D4B196Cb0C7B01d743Fbc6116a902379C7238'),
      token('WETH', 18, '0xfFf9976782d46CC05630D1f6eBAb18b2324d6B14'),
    ],
    router: '0xeE567Fe1712Faf6149d80dA1E6934E354124CfE3',
  },
  {
    chainId: 84532,
    name: 'Base Sepolia',
    coin: ETHER,
    tokens: [
      token('USDC', 6, '0x036CbD53842c5426634e7929541eC2318f3dCF7e'),
      token('WETH', 18, '0x4200000000000000000000000000000000000006'),
    ],
    router: '0x1689E7B1F10000AE47eBfE339a4f69dECd19F602',
  },
  // The same contracts stand at the same addresses there, so what is learnt on the devnet holds on chain 1.
  { chainId: DEVNET_CHAIN_ID, name: 'Devnet', ...ETHEREUM, tokens: [...ETHEREUM.tokens] },
]

/** The registries as they are where no setting says otherwise. */
export const defaultRegistries = (): ChainRegistry[] =>
  CHAINS.map(({ chainId, name, coin, tokens, router }) => {
    const { address, decimals } = tokens.find(({ symbol }) => symbol === coin.wrapped)!
    const native: Token = { symbol: coin.symbol, address, decimals, isNative: true }
    return {
      chainId,
      name,
      tokens: Object.fromEntries([native, ...tokens].map((entry) => [entry.symbol, entry])),
      routers: { UNISWAP_V2_ROUTER: { key: 'UNISWAP_V2_ROUTER', address: router } },
      allowlistTo: [],
    }
  })
