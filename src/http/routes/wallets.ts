import type { Address } from 'viem'
import { z } from 'zod'
import { AppError } from '../../lib/errors.ts'
import type { Chains } from '../../web3/chains.ts'
import { checksumAddress } from '../../web3/checksum-address.ts'
import { presentAllowlists } from '../../web3/present-allowlists.ts'
import { presentSnapshot } from '../../web3/present-snapshot.ts'
import type { ChainRegistry } from '../../web3/registry.ts'
import { UnsupportedChainError } from '../../web3/rpc/errors.ts'
import {
  Allowlists,
  BatchProof,
  ReachableChains,
  WalletAllowances,
  WalletBalances,
  WalletSnapshotView,
} from '../../web3/schema.ts'
import { readSnapshot } from '../../web3/snapshot.ts'
import { canTrace } from '../../web3/trace-transaction.ts'
import { errors, type Routes } from '../route.ts'

const tags = ['wallets']

const Wallet = z.strictObject({
  address: z
    .string()
    .regex(/^0x[0-9a-fA-F]{40}$/, 'expected an address: 0x and 40 hex digits, in any letters'),
})
const chainId = z.coerce
  .number()
  .int()
  .min(1)
  .max(Number.MAX_SAFE_INTEGER)
  .optional()
  .describe('may be left out where one chain is supported')
const OnChain = z.strictObject({ chainId })
const OfSpender = z.strictObject({
  chainId,
  spender: z
    .string()
    .max(100)
    .optional()
    .describe('an address or the key of a router; every router without it'),
})
const failures = errors(401, 422, 502)

export const walletRoutes: Routes = (app, { copilot: { chains, tracing } }) => {
  const read = async (address: string, chain: ChainRegistry, narrowed: { spenders?: Address[] } = {}) => {
    const wallet = checksumAddress(address)!
    try {
      const client = chains.clientOf(chain.chainId)
      return presentSnapshot(await readSnapshot(client, { registry: chain, wallet, ...narrowed }))
    } catch (error) {
      throw chains.explain(chain.chainId, error)
    }
  }

  app.get(
    '/v1/wallets/:address/snapshot',
    {
      schema: {
        tags,
        summary: 'What a wallet holds and what routers may take of it, at one block',
        params: Wallet,
        querystring: OnChain,
        response: { 200: WalletSnapshotView, ...failures },
      },
    },
    ({ params, query }) => read(params.address, findChain(chains, query.chainId)),
  )

  app.get(
    '/v1/wallets/:address/balances',
    {
      schema: {
        tags,
        summary: 'What a wallet holds',
        params: Wallet,
        querystring: OnChain,
        response: { 200: WalletBalances, ...failures },
      },
    },
    async ({ params, query }) => {
      const chain = findChain(chains, query.chainId)
      const { allowances: _, ...balances } = await read(params.address, chain, { spenders: [] })
      return balances
    },
  )

  app.get(
    '/v1/wallets/:address/allowances',
    {
      schema: {
        tags,
        summary: 'What others may take of the tokens of a wallet',
        params: Wallet,
        querystring: OfSpender,
        response: { 200: WalletAllowances, ...failures },
      },
    },
    async ({ params, query: { chainId: wanted, spender } }) => {
      const chain = findChain(chains, wanted)
      const narrowed = spender === undefined ? {} : { spenders: [findSpender(chain, spender)] }
      const { native: _, erc20: __, ...allowances } = await read(params.address, chain, narrowed)
      return { ...allowances, errors: allowances.errors.filter((error) => error.spender !== undefined) }
    },
  )

  app.get(
    '/v1/config/allowlists',
    {
      schema: {
        tags,
        summary: 'What is known and allowed on a chain',
        querystring: OnChain,
        response: { 200: Allowlists, ...errors(401, 422) },
      },
    },
    ({ query }) => presentAllowlists(chains, findChain(chains, query.chainId)),
  )

  app.get(
    '/v1/config/web3',
    {
      schema: {
        tags,
        summary: 'Every chain that can be reached, with what is known and allowed on it',
        response: { 200: ReachableChains, ...errors(401) },
      },
    },
    () => ({
      chains: chains.supported().map((chainId) => presentAllowlists(chains, chains.registryOf(chainId))),
    }),
  )

  app.get(
    '/v1/config/batches',
    {
      schema: {
        tags,
        summary: 'Whether transactions that a wallet batches into one can be proved on a chain',
        querystring: OnChain,
        response: { 200: BatchProof, ...failures },
      },
    },
    async ({ query }) => {
      const { chainId: chain_id } = findChain(chains, query.chainId)
      try {
        return { chain_id, proves_batches: await canTrace(chains.clientOf(chain_id), chain_id, tracing) }
      } catch (error) {
        throw chains.explain(chain_id, error)
      }
    },
  )
}

function findChain(chains: Chains, wanted: number | undefined): ChainRegistry {
  const supported = chains.supported()
  if (wanted !== undefined) return chains.registryOf(wanted)
  if (supported.length === 0) throw new UnsupportedChainError(null, supported)
  if (supported.length === 1) return chains.registryOf(supported[0]!)
  throw badInput('chainId', `expected one of ${supported.join(', ')}`)
}

function findSpender({ routers }: ChainRegistry, spender: string) {
  if (Object.hasOwn(routers, spender)) return routers[spender]!.address
  const address = checksumAddress(spender)
  if (address) return address
  throw badInput('spender', `expected an address or one of ${Object.keys(routers).join(', ')}`)
}

const badInput = (path: string, message: string) =>
  new AppError({
    code: 'REQUEST_VALIDATION_ERROR',
    status: 422,
    message: 'Request failed validation',
    details: [{ path, message, type: 'value_error', code: 'REQUEST_VALIDATION_ERROR' }],
  })
