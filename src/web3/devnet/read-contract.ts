import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { Abi, Hex } from 'viem'

export type CompiledContract = { abi: Abi; bytecode: Hex }

const require = createRequire(import.meta.url)

/** One of our own, compiled and committed beside its source. */
export function readOwnContract(name: string): CompiledContract {
  const { abi, bytecode } = JSON.parse(
    readFileSync(new URL(`../../../contracts/${name}.json`, import.meta.url), 'utf8'),
  ) as CompiledContract
  return { abi, bytecode }
}

/** One that Uniswap published. Its licence is the GPL, so it is read from its package and never copied. */
export function readUniswapContract(part: 'v2-core' | 'v2-periphery', name: string): CompiledContract {
  const path = require.resolve(`@uniswap/${part}/build/${name}.json`)
  const { abi, bytecode } = JSON.parse(readFileSync(path, 'utf8')) as { abi: Abi; bytecode: string }
  return { abi, bytecode: `0x${bytecode.replace(/^0x/, '')}` }
}

/** Multicall3 as viem carries it, in a file that it does not offer by name. */
export function readMulticall3(): CompiledContract {
  const file = join(dirname(require.resolve('viem')), 'constants', 'contracts.js')
  const { multicall3Bytecode } = require(file) as { multicall3Bytecode: Hex }
  return { abi: [], bytecode: multicall3Bytecode }
}
