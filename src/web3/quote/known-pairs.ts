import { type Address, encodePacked, getContractAddress, keccak256 } from 'viem'
import type { ChainRegistry } from '../registry.ts'
import { isFirst, type Step } from './pools.ts'

/** By router in lower case, on each chain: the factory that Uniswap deployed with it. */
const FACTORIES: Record<string, Address> = {
  '1:0x7a250d5630b4cf539739df2c5dacb4c659f2488d': '0x5C69bEe701ef814a2B6a3EDD4B1652CB9cc5aA6f',
  '137:0xedf6066a2b290c185783862c7f4776a2c8077ad1': '0x9e5A52f57b3038F1B8EeE45F28b3C1967e22799C',
  '8453:0x4752ba5dbc23f44d87826276bf6fd6b1c372ad24': '0x8909Dc15e40173Ff4699343b6eB8132c65e18eC6',
  '11155111:0xee567fe1712faf6149d80da1e6934e354124cfe3': '0xF62c03E08ada871A0bEb309762E260a7a6a880E6',
  '84532:0x1689e7b1f10000ae47ebfe339a4f69decd19f602': '0x7Ae58f10f7849cA6F5fB71b7f45CB416c9204b1e',
  '31337:0x7a250d5630b4cf539739df2c5dacb4c659f2488d': '0x5C69bEe701ef814a2B6a3EDD4B1652CB9cc5aA6f',
}

/** Of the code that makes a pool, which is the same in all of them. */
const PAIR_CODE_HASH = '0x96e8ac4277198ff8b6f785478aa9a39f403cb768dd02cbee326c3e7da348845f'

/** The factories of the routers of a chain, as far as they are known without asking a node. */
export const knownFactories = ({ chainId, routers }: ChainRegistry): Address[] =>
  Object.values(routers).flatMap(({ address }) => FACTORIES[`${chainId}:${address.toLowerCase()}`] ?? [])

/** Where the pools of any two tokens of a chain stand, or would stand: a factory puts them where the tokens say. */
export function knownPairs(registry: ChainRegistry): Address[] {
  const tokens = [...new Set(Object.values(registry.tokens).map(({ address }) => address))]
  const steps = tokens.flatMap((one, at) => tokens.slice(at + 1).map((other): Step => [one, other]))
  return knownFactories(registry).flatMap((from) =>
    steps.map((step) =>
      getContractAddress({
        opcode: 'CREATE2',
        from,
        bytecodeHash: PAIR_CODE_HASH,
        salt: keccak256(encodePacked(['address', 'address'], isFirst(step) ? step : [step[1], step[0]])),
      }),
    ),
  )
}
