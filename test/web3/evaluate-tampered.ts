import { createPublicClient, http } from 'viem'
import { expect, onTestFinished } from 'vitest'
import type { Artifacts } from '../../src/apps/copilot/schema.ts'
import { build } from '../../src/apps/copilot/steps/build.ts'
import { policy } from '../../src/apps/copilot/steps/evaluate.ts'
import { plan } from '../../src/apps/copilot/steps/plan.ts'
import { normalize, snapshot } from '../../src/apps/copilot/steps/prepare.ts'
import { simulate } from '../../src/apps/copilot/steps/simulate.ts'
import type { Step, StepCall } from '../../src/apps/copilot/steps/step-call.ts'
import { DEV_ACCOUNT } from '../../src/web3/devnet/addresses.ts'
import { makeSimulationMemory } from '../../src/web3/simulate/probe-engines.ts'
import { type RpcCall, type RpcReaction, startRpcProxy } from '../harness/start-rpc-proxy.ts'
import type { openCopilotWorld } from './copilot-client.ts'

type World = Awaited<ReturnType<typeof openCopilotWorld>>
type Built = {
  [Name in keyof Artifacts as string extends Name ? never : Name]-?: NonNullable<Artifacts[Name]>
}
export type Tamper = (artifacts: Built, call: StepCall) => unknown
export type More = { on?: (call: StepCall) => unknown; simulated?: Tamper }

/**
 * Plans and builds a sentence on the devnet as a run does, lets somebody tamper with what was built, and then simulates and
 * checks that on the chain.
 */
export async function evaluateTampered(
  { server }: World,
  sentence: string,
  tamper: Tamper = () => {},
  { on, simulated }: More = {},
) {
  const { copilot: parts } = server.app.http
  const call: StepCall = {
    copilot: { ...parts, limits: structuredClone(parts.limits) },
    runId: crypto.randomUUID(),
    tenantId: 'default',
    intent: sentence,
    answers: {},
    wallet: DEV_ACCOUNT,
    chainId: 31337,
    artifacts: {},
    registry: structuredClone(parts.chains.registryOf(31337)),
    client: parts.chains.clientOf(31337),
    ask: async () => ({ type: 'no_model' }),
    now: () => new Date().toISOString(),
  }
  await on?.(call)
  const all = call.artifacts as unknown as Built
  const take = async (step: Step) => {
    const { outcome, artifacts } = await step(call)
    expect(outcome, JSON.stringify(artifacts.needs_input)).toBeUndefined()
    Object.assign(all, JSON.parse(JSON.stringify(artifacts)))
  }
  for (const step of [normalize, snapshot, plan, build]) await take(step)
  await tamper(all, call)
  await take(simulate)
  await simulated?.(all, call)
  await take(policy)
  const checks = [...all.policy_result.checks, ...all.security_checks]
  return { checks, decision: all.decision, of: (id: string) => checks.find((check) => check.id === id)! }
}

/** What is done to the chain here is undone afterwards. */
export async function inPassing({ devnet }: World): Promise<void> {
  const id = await devnet.client.snapshot()
  onTestFinished(async () => {
    await devnet.client.revert({ id })
  })
}

/** A node that cannot simulate blocks: the batch in place of the wallet comes next. */
export const noSimulateV1 = ({ method }: RpcCall) =>
  method === 'eth_simulateV1' ? { error: { code: -32601, message: 'Method not found' } } : undefined

const oneByOne = (call: RpcCall) =>
  noSimulateV1(call) ??
  (JSON.stringify(call.params[2] ?? {}).includes('"code"')
    ? { error: { code: -32602, message: 'state override unsupported' } }
    : undefined)

/** A node that takes no override at all, so that a swap after its approval can only be assumed. */
export const noOverride = (call: RpcCall) =>
  noSimulateV1(call) ??
  (call.method === 'eth_call' && call.params.length > 2
    ? { error: { code: -32602, message: 'state override unsupported' } }
    : undefined)

/** Lets a plan be simulated by an RPC that can do less: as it stands, one that can only replace storage. */
export const withPoorRpc =
  ({ devnet }: World, react: (call: RpcCall) => RpcReaction = oneByOne) =>
  async (call: StepCall) => {
    const proxy = await startRpcProxy(devnet.url, react)
    onTestFinished(proxy.stop)
    call.client = createPublicClient({ transport: http(proxy.url, { retryCount: 0 }) }) as never
    call.copilot = { ...call.copilot, simulations: makeSimulationMemory() }
  }
