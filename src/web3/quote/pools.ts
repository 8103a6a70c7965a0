import type { Address } from 'viem'

/** Two tokens that follow each other in a path. */
export type Step = [tokenIn: Address, tokenOut: Address]

export const stepsOf = (path: Address[]): Step[] => path.slice(1).map((token, at) => [path[at]!, token])

/** A pool is the same in both directions. */
export const poolKey = ([one, other]: Step) => [one.toLowerCase(), other.toLowerCase()].sort().join(':')

/** Pools keep their tokens in the order of the addresses. */
export const isFirst = ([tokenIn, tokenOut]: Step) => tokenIn.toLowerCase() < tokenOut.toLowerCase()
