import { rmSync } from 'node:fs'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { expectVerified, type Program, startProgram } from '../crash/program.ts'
import { expectStatus } from '../gate/purchase-client.ts'
import { makeDataFolder } from '../harness/make-data-folder.ts'
import { startTestDevnet, type TestDevnet } from '../harness/start-devnet.ts'
import { startRpcProxy } from '../harness/start-rpc-proxy.ts'
import { copilotClient, signAll } from './copilot-client.ts'

let devnet: TestDevnet
beforeAll(async () => {
  devnet = await startTestDevnet()
})
afterAll(() => devnet.stop())

test('a run whose program is killed in the middle of the pipeline is taken up and ends as it would have', {
  timeout: 60_000,
}, async () => {
  const dataDir = makeDataFolder()
  let program: Program | undefined
  let killAt: string | null = null
  // The chain is asked in the middle of a step: there the program dies.
  const proxy = await startRpcProxy(devnet.url, ({ method }) => {
    if (method !== killAt) return undefined
    killAt = null
    program!.process.kill('SIGKILL')
    return { status: 503 }
  })
  onTestFinished(async () => {
    await program?.stop('SIGKILL')
    await proxy.stop()
    rmSync(dataDir, { recursive: true, force: true })
  })
  const start = async () => {
    program = await startProgram(dataDir, { RPC_URLS: JSON.stringify({ 31337: proxy.url }) })
    return copilotClient(program)
  }
  let copilot = await start()
  const undisturbed = await copilot.started('AWAITING_APPROVAL')
  const runId = await copilot.created()
  killAt = 'eth_maxPriorityFeePerGas'
  const answer = copilot.post(runId, 'start').catch(() => null)
  await program!.ended
  expect(await answer).toBeNull()
  // What takes the run up by itself dies in a later step.
  killAt = 'eth_simulateV1'
  await start()
  await program!.ended
  expect([program!.process.signalCode, killAt]).toEqual(['SIGKILL', null])
  copilot = await start()
  await expect.poll(() => copilot.status(runId), { interval: 50, timeout: 30_000 }).toBe('AWAITING_APPROVAL')
  const artifacts = await copilot.artifacts(runId)
  expect(artifacts.decision).toEqual(undisturbed.artifacts.decision)
  expect(artifacts.quote.minOut).toBe(undisturbed.artifacts.quote.minOut)
  const names = (steps: { step_name: string }[]) => steps.map(({ step_name }) => step_name)
  expect(names(await copilot.steps(runId))).toEqual(names(await copilot.steps(undisturbed.runId)))

  expectStatus(await copilot.post(runId, 'approve', { plan_hash: artifacts.plan_hash }), 200)
  const { tx_requests: requests } = expectStatus(await copilot.post(runId, 'execute'), 200)
  expect(requests).toEqual(artifacts.tx_requests)
  await signAll(devnet, copilot, runId, requests)
  expect((await copilot.poll(runId)).status).toBe('CONFIRMED')
  await expectVerified(program!, runId)
})
