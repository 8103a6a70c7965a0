import type { Address, Hash, Hex } from 'viem'
import { erc20Abi } from 'viem'
import { expect } from 'vitest'
import type { TxRequest } from '../../src/apps/copilot/schema.ts'
import { CANONICAL, DEV_ACCOUNT } from '../../src/web3/devnet/addresses.ts'
import { expectStatus } from '../gate/purchase-client.ts'
import { startTestDevnet, type TestDevnet } from '../harness/start-devnet.ts'
import {
  type Answer,
  type CallOptions,
  startTestServer,
  type TestServer,
} from '../harness/start-test-server.ts'

type Json = Record<string, unknown>

export const HEADLINE = 'Swap 50 USDC to ETH on Uniswap with 0.5% slippage'
export const DEVNET_ID = 31337

/** A devnet and a server that reaches it, where `chains` says. */
export async function openCopilotWorld({
  chains = (url) => ({ [DEVNET_ID]: url }),
  ...options
}: Parameters<typeof startTestServer>[0] & { chains?: (url: string) => Record<number, string> } = {}) {
  const devnet = await startTestDevnet()
  const settings = { ...options.settings, RPC_URLS: JSON.stringify(chains(devnet.url)) }
  const server = await startTestServer({ ...options, settings })
  return {
    devnet,
    server,
    async close() {
      await server.close()
      await devnet.stop()
    },
  }
}

/** The API of the copilot's runs, one function a route. */
export function copilotClient(server: Pick<TestServer, 'call'>, identity: CallOptions = {}) {
  const call = (method: string, path: string, body?: unknown) => server.call(method, path, body, identity)
  const post = (runId: string, route: string, body?: unknown): Promise<Answer> =>
    call('POST', `/v1/runs/${runId}/${route}`, body)
  const get = async (path: string) => expectStatus(await call('GET', path), 200)
  const client = {
    call,
    post,
    create: (intent: string, more: Json = {}): Promise<Answer> =>
      call('POST', '/v1/runs', { intent, walletAddress: DEV_ACCOUNT, chainId: DEVNET_ID, ...more }),
    /** Makes a run that must be accepted; answers its id. */
    async created(intent = HEADLINE, more: Json = {}): Promise<string> {
      return expectStatus(await client.create(intent, more), 200).runId
    },
    /** Makes and starts a run, which must then have this status; answers its id and artifacts. */
    async started(status: string, intent = HEADLINE, more: Json = {}) {
      const runId = await client.created(intent, more)
      const answer = expectStatus(await post(runId, 'start'), 200)
      expect({ status: answer.status, fatal: answer.artifacts.fatal_error }, toldBy(answer)).toMatchObject({
        status,
      })
      return { runId, artifacts: answer.artifacts }
    },
    /** The same, approved. */
    async approved(intent = HEADLINE, more: Json = {}) {
      const { runId, artifacts } = await client.started('AWAITING_APPROVAL', intent, more)
      expectStatus(await post(runId, 'approve', {}), 200)
      return { runId, artifacts }
    },
    /** The same, with its transactions handed out. */
    async handedOut(intent = HEADLINE, more: Json = {}) {
      const { runId, artifacts } = await client.approved(intent, more)
      const { tx_requests: requests } = expectStatus(await post(runId, 'execute'), 200)
      return { runId, artifacts, requests: requests as TxRequest[] }
    },
    submit: (runId: string, txHash: string, txRequestId?: string) =>
      post(runId, 'tx_submitted', { txHash, submittedBy: 'dev_wallet', ...(txRequestId && { txRequestId }) }),
    poll: async (runId: string) => expectStatus(await post(runId, 'poll_tx'), 200),
    read: async (runId: string) => (await get(`/v1/runs/${runId}`)).run,
    artifacts: async (runId: string) => (await get(`/v1/runs/${runId}?includeArtifacts=true`)).run.artifacts,
    steps: (runId: string) => get(`/v1/runs/${runId}/steps`),
    toolCalls: (runId: string) => get(`/v1/runs/${runId}/tool-calls`),
    status: async (runId: string): Promise<string> => (await client.read(runId)).status,
  }
  return client
}

export type CopilotClient = ReturnType<typeof copilotClient>

/** What a failed expectation says of the run: why it is where it is. */
const toldBy = ({ artifacts }: { artifacts: Json }) =>
  JSON.stringify({
    needs_input: artifacts.needs_input,
    decision: artifacts.decision,
    fatal: artifacts.fatal_error,
  })

type Sent = Pick<TxRequest, 'to' | 'data' | 'valueWei'>

/** Does what a wallet does with a transaction that it was handed: signs, sends, and answers the hash. */
export const send = (
  { client }: TestDevnet,
  { to, data, valueWei }: Sent,
  from: Address = DEV_ACCOUNT,
): Promise<Hash> =>
  client.sendTransaction({
    account: from,
    chain: null,
    to,
    data: data as Hex,
    value: BigInt(valueWei),
    // An estimate is for the block that is: prices that pools keep cost more once time has passed.
    gas: 1_000_000n,
  })

/** The same, until it is mined. */
export async function sign(devnet: TestDevnet, request: Sent, from?: Address): Promise<Hash> {
  const hash = await send(devnet, request, from)
  await devnet.client.waitForTransactionReceipt({ hash })
  return hash
}

/** Signs and reports each transaction of a run, one after the other. */
export async function signAll(
  devnet: TestDevnet,
  copilot: CopilotClient,
  runId: string,
  requests: TxRequest[],
) {
  const hashes: Hash[] = []
  for (const request of requests) {
    const hash = await sign(devnet, request)
    expectStatus(await copilot.submit(runId, hash, request.txRequestId), 200)
    hashes.push(hash)
  }
  return hashes
}

export const usdcOf = ({ client }: TestDevnet, owner: Address) =>
  client.readContract({ abi: erc20Abi, address: CANONICAL.usdc, functionName: 'balanceOf', args: [owner] })
