import { type Address, formatUnits } from 'viem'
import type { Json } from '../../../lib/canonical-json.ts'
import { AppError } from '../../../lib/errors.ts'
import { checksumAddress } from '../../../web3/checksum-address.ts'
import { presentAllowlists } from '../../../web3/present-allowlists.ts'
import { presentSnapshot } from '../../../web3/present-snapshot.ts'
import type { ChainRegistry } from '../../../web3/registry.ts'
import { readSnapshot, type Snapshot } from '../../../web3/snapshot.ts'
import type { CopilotContext } from '../copilot.ts'
import { type CopilotState, readCopilotRun } from '../runs/read-copilot-run.ts'
import type { CopilotStatus } from '../runs/schema.ts'
import { type ConversationKey, findLatestRun } from './conversation-rows.ts'
import type { QueryIntent } from './decide-turn.ts'

export type Answered = {
  text: string
  data: Record<string, Json>
  /** What went wrong with the chain, while there is an answer all the same. */
  trouble?: true
  run?: CopilotState
}

type Asked = { intent: QueryIntent; registry: ChainRegistry; wallet: Address | null; key: ConversationKey }

/** Answers a question about what is there. What goes wrong with the chain is an answer too. */
export async function answerQuery(context: CopilotContext, asked: Asked): Promise<Answered> {
  const { intent, registry } = asked
  const { chains } = context.copilot
  switch (intent.topic) {
    case 'status':
      return answerStatus(context, asked)
    case 'tokens':
    case 'routers':
    case 'allowlists':
      return {
        text: describeAllowlists(intent.topic, registry, chains.settings.allowlistToAll),
        data: { allowlists: presentAllowlists(chains, registry) },
      }
    case 'chains':
      return describeChains(chains)
    case 'balance':
    case 'snapshot':
    case 'allowances':
      try {
        return await answerFromChain(context, asked)
      } catch (error) {
        const told = chains.explain(registry.chainId, error)
        return {
          text: `${registry.name} could not be read just now: ${told.message}. Nothing was changed. Ask again in a moment.`,
          data: { error: { code: told.code, message: told.message } },
          trouble: true,
        }
      }
  }
}

async function answerFromChain({ copilot }: CopilotContext, asked: Asked): Promise<Answered> {
  const { intent, registry } = asked
  const wallet = intent.wallet_address ? checksumAddress(intent.wallet_address.value)! : asked.wallet!
  const token = intent.token && registry.tokens[intent.token.value]
  const spender = intent.spender?.value.address
  const snapshot = await readSnapshot(copilot.chains.clientOf(registry.chainId), {
    registry,
    wallet,
    ...(token && { tokens: [token] }),
    ...(intent.topic === 'balance' && { spenders: [] }),
    ...(spender && { spenders: [spender] }),
  })
  const where = `On ${registry.name}, at block ${snapshot.blockNumber}`
  const unread = [...new Set(snapshot.errors.map(({ message }) => message))]
  const parts = {
    balance: () => `${where}, ${wallet} holds ${describeBalances(snapshot, registry, intent)}.`,
    snapshot: () =>
      `${where}, ${wallet} holds ${describeBalances(snapshot, registry, intent)}. ${describeAllowances(snapshot, registry)}`,
    allowances: () => `${where}: ${describeAllowances(snapshot, registry)}`,
  }
  const described = parts[intent.topic as keyof typeof parts]()
  return {
    text: [described, ...unread.map((message) => `${message}.`)].join(' '),
    data: { snapshot: presentSnapshot(snapshot) },
  }
}

function describeBalances(
  { native, erc20 }: Snapshot,
  { tokens }: ChainRegistry,
  intent: QueryIntent,
): string {
  const coin = Object.values(tokens).find(({ isNative }) => isNative)
  const one = intent.token && tokens[intent.token.value]
  const held = [
    ...(coin && (!one || one.isNative)
      ? [`${formatUnits(native.balanceWei, coin.decimals)} ${coin.symbol}`]
      : []),
    ...erc20.map(({ balance, decimals, symbol }) => `${formatUnits(balance, decimals)} ${symbol}`),
  ]
  return held.join(', ') || 'nothing that could be read'
}

/** No token has so many units: whoever may take them may take all, now and later. */
const BOUNDLESS = 2n ** 159n

function describeAllowances({ allowances }: Snapshot, { tokens, routers }: ChainRegistry): string {
  const given = allowances.filter(({ allowance }) => allowance > 0n)
  if (given.length === 0) return 'Nobody that was looked at may take anything of it.'
  const lines = given.map(({ token, spender, allowance }) => {
    const known = Object.values(tokens).find(({ address, isNative }) => address === token && !isNative)
    const router = Object.values(routers).find(({ address }) => address === spender)
    const of = known?.symbol ?? token
    const amount = known ? formatUnits(allowance, known.decimals) : `${allowance} units`
    return `${router?.key ?? spender} may take ${allowance >= BOUNDLESS ? `any amount of ${of}` : known ? `${amount} ${of}` : `${amount} of ${of}`}`
  })
  return `${lines.join(', ')}.`
}

function describeAllowlists(
  topic: 'tokens' | 'routers' | 'allowlists',
  { name, tokens, routers, allowlistTo }: ChainRegistry,
  toAll: boolean,
): string {
  const list = (names: string[]) => names.join(', ') || 'none'
  const ofTokens = `${name} has the tokens ${list(Object.keys(tokens))}`
  const ofRouters = `the routers ${list(Object.keys(routers))}`
  if (topic === 'tokens') return `${ofTokens}.`
  if (topic === 'routers') return `${name} has ${ofRouters}.`
  const others = toAll ? 'any address' : list(allowlistTo)
  return `${ofTokens} and ${ofRouters}. Beside them transactions may go to: ${others}.`
}

function describeChains({ supported, registryOf }: CopilotContext['copilot']['chains']): Answered {
  const supported_chains = supported().map((chain_id) => ({ chain_id, name: registryOf(chain_id).name }))
  const names = supported_chains.map(({ chain_id, name }) => `${name} (${chain_id})`).join(', ')
  const text = names
    ? `These chains can be reached: ${names}.`
    : 'No chain can be reached here. Whoever runs this server sets RPC_URLS or the devnet.'
  return { text, data: { supported_chains } }
}

async function answerStatus(context: CopilotContext, { intent, key }: Asked): Promise<Answered> {
  const { database } = context.engine.kernel
  const named = intent.run_id?.value
  const runId = named ?? (await database.transaction(key.tenantId, (session) => findLatestRun(session, key)))
  if (!runId) return { text: 'There is no run in this conversation yet.', data: {} }
  try {
    const run = await readCopilotRun(context, runId)
    return { text: describeRun(run), data: {}, run }
  } catch (error) {
    if (!(error instanceof AppError) || error.status !== 404) throw error
    return { text: `There is no run ${runId} here.`, data: {} }
  }
}

const STANDS: Record<CopilotStatus, string> = {
  CREATED: 'was made and not started',
  RUNNING: 'is being prepared',
  PAUSED: 'is paused',
  NEEDS_INPUT: 'has a question first',
  AWAITING_APPROVAL: 'waits for your approval',
  APPROVED_READY: 'is approved and waits for your wallet',
  SUBMITTED: 'was sent by your wallet and is on its way',
  CONFIRMED: 'is confirmed on the chain',
  REVERTED: 'was undone by the chain',
  FAILED: 'failed',
  REJECTED: 'was rejected',
  BLOCKED: 'was stopped before anybody was asked',
  NOOP: 'had nothing to do',
}

/** Where a run stands, in a sentence. */
export const describeRun = ({ row, status }: CopilotState): string =>
  `“${row.intent.length > 120 ? `${row.intent.slice(0, 120)}…` : row.intent}” ${STANDS[status]} (run ${row.run_id}, ${status}).`
