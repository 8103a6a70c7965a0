import type { Address } from 'viem'
import type { EngineFunction, FunctionCall } from '../../../engine/runs/perform-function.ts'
import type { Json } from '../../../lib/canonical-json.ts'
import { AppError } from '../../../lib/errors.ts'
import type { Web3Client } from '../../../web3/chains.ts'
import type { ChainRegistry } from '../../../web3/registry.ts'
import { artifactsOf, type StepAnswer, toFunctionResult } from '../artifacts-of.ts'
import type { Copilot } from '../copilot.ts'
import { addAnswers } from '../planner/add-answers.ts'
import { type Answers, SlotName } from '../planner/schema.ts'
import type { ChainFacts } from '../policy/chain-facts.ts'
import { type Review, readReview } from '../policy/review.ts'
import type { Artifacts, NeedsInput } from '../schema.ts'
import { STEP_NAMES } from '../workflow.ts'

/** What each step of the pipeline is given. */
export type StepCall = {
  copilot: Copilot
  runId: string
  tenantId: string
  /** What the person said first, and never changes. */
  intent: string
  /** What they answered since, the newest of each. */
  answers: Answers
  wallet: Address
  /** Another wallet that an answer named. It changes nothing, and is told. */
  otherWallet?: string
  chainId: number
  artifacts: Artifacts
  /** Null where nothing is known of the chain. */
  registry: ChainRegistry | null
  /** Reads the chain, and puts every call on the record. */
  client: Web3Client
  /** Asks the model that is set up, if there is one. */
  ask: FunctionCall['ask']
  /** The time of the server, for what is dated, and where the chain has none of now. */
  now(): string
}
export type Step = (call: StepCall) => Promise<StepAnswer> | StepAnswer

/** Makes a step a function of the engine. What goes wrong with a chain ends the pipeline with a reason, and not with a fault. */
export const toEngineFunction =
  (copilot: Copilot, step: Step): EngineFunction =>
  async (call) => {
    const made = stepCallOf(copilot, call)
    try {
      return toFunctionResult(await step(made))
    } catch (error) {
      if (call.signal.aborted) throw error
      const told = made.registry ? copilot.chains.explain(made.chainId, error) : error
      if (!(told instanceof AppError)) throw error
      const message = told.details[0]?.message ?? told.message
      return toFunctionResult(stop(told.code, message))
    }
  }

export const stop = (code: string, message: string): StepAnswer => ({
  outcome: 'stop',
  artifacts: { fatal_error: { code, message } },
  timeline: { status: 'FAILED', title: 'Stopped', summary: message },
})

export const ask = (needs_input: NeedsInput): StepAnswer => ({
  outcome: 'ask',
  artifacts: { needs_input },
  timeline: { title: 'Asks', summary: needs_input.questions[0] ?? '' },
})

function stepCallOf(copilot: Copilot, call: FunctionCall): StepCall {
  const {
    intent,
    wallet_address: wallet,
    chain_id: chainId,
  } = call.input as {
    intent: string
    wallet_address: Address
    chain_id: number
  }
  const { chains } = copilot
  const { wallet_address: walletSaid, ...answers } = answersIn(call.outputs)
  const isKnown = chains.supported().includes(chainId)
  return {
    copilot,
    runId: call.runId,
    tenantId: call.principal.tenantId,
    intent,
    answers,
    wallet,
    ...(walletSaid && walletSaid.toLowerCase() !== wallet.toLowerCase() && { otherWallet: walletSaid }),
    chainId,
    artifacts: artifactsOf(call.outputs, STEP_NAMES),
    registry: isKnown ? chains.registryOf(chainId) : null,
    get client() {
      return chains.clientOf(chainId, call.tell)
    },
    ask: call.ask,
    now: () => new Date(copilot.clock.now()).toISOString(),
  }
}

function answersIn(outputs: FunctionCall['outputs']) {
  let answers: Answers = {}
  for (const { nodeId, output } of outputs) {
    if (nodeId !== 'answers') continue
    const round: Answers = {}
    const given = Object.entries((Object(output) as { answers?: Record<string, Json> }).answers ?? {})
    for (const [name, value] of given) {
      const slot = SlotName.safeParse(name)
      if (slot.success && (typeof value === 'string' || typeof value === 'number')) round[slot.data] = value
    }
    answers = addAnswers(answers, round)
  }
  return { ...answers, wallet_address: answers.wallet_address?.toString() }
}

/** What others may take of the wallet now, as amounts to reckon with. */
export const standingAllowances = ({ wallet_snapshot }: Artifacts) =>
  wallet_snapshot!.allowances.map((each) => ({ ...each, allowance: BigInt(each.allowance) }))

/** What decides about the plan as it stands. Without facts it can only be told in words. */
export function reviewOf(call: StepCall, facts: ChainFacts = NOTHING_KNOWN): Review {
  const { chainId, wallet, registry, artifacts, copilot, intent, answers } = call
  return readReview({
    chainId,
    wallet,
    registry,
    limits: { ...copilot.limits, ...copilot.limitsOfChain.get(chainId) },
    artifacts,
    userTexts: [intent, ...Object.values(answers).map(String)],
    addressBook: [],
    facts,
  })
}

const NOTHING_KNOWN: ChainFacts = {
  rpcChainId: null,
  blockNumber: null,
  blockTime: null,
  accounts: {},
  tokens: {},
  pairs: null,
  paidBefore: null,
}
