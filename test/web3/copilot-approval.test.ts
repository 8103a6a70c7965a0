import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { CopilotToolCall } from '../../src/apps/copilot/runs/schema.ts'
import { WEB3_TRANSACTION } from '../../src/apps/copilot/workflow.ts'
import { DEV_ACCOUNT } from '../../src/web3/devnet/addresses.ts'
import { runClient } from '../engine/runs/run-client.ts'
import { expectError, expectStatus } from '../gate/purchase-client.ts'
import type { TestServer } from '../harness/start-test-server.ts'
import { type CopilotClient, copilotClient, DEVNET_ID, openCopilotWorld } from './copilot-client.ts'

describe('the plan of a run', () => {
  let world: Awaited<ReturnType<typeof openCopilotWorld>>
  let server: TestServer
  let copilot: CopilotClient
  beforeAll(async () => {
    world = await openCopilotWorld({ background: true })
    server = world.server
    copilot = copilotClient(server)
  })
  afterAll(() => world.close())

  const approvalsOf = async (runId: string) => {
    const { approvals } = expectStatus(await server.get('/v1/approvals/pending'), 200)
    return approvals.filter(({ run_id }: { run_id: string }) => run_id === runId)
  }

  test('is blocked where a rule is broken, with the reason, and nothing can be had of it', async () => {
    const { runId, artifacts } = await copilot.started('BLOCKED', 'swap 50 usdc to eth with 5% slippage')
    expect(artifacts).toMatchObject({
      final_status_suggested: 'BLOCKED',
      decision: { action: 'BLOCK', risk_score: 100, severity: 'HIGH' },
    })
    expect(artifacts.decision.reasons.join()).toMatch(/slippage/i)
    expect(artifacts.plan_hash).toBeUndefined()
    expect(await approvalsOf(runId)).toEqual([])
    expectError(await copilot.post(runId, 'approve'), 409, 'RUN_NOT_READY')
    expectError(await copilot.post(runId, 'reject'), 409, 'RUN_NOT_READY')
    expectError(await copilot.post(runId, 'execute'), 409, 'RUN_NOT_APPROVED')
    expectError(await copilot.submit(runId, `0x${'1'.repeat(64)}`), 409, 'RUN_NOT_APPROVED')
    expectError(await copilot.post(runId, 'poll_tx'), 409, 'RUN_NOT_SUBMITTED')
  })

  test('is rejected by a human for good', async () => {
    const { runId } = await copilot.started('AWAITING_APPROVAL')
    const body = { reviewer: 'ana', reason: 'not today' }
    expect(expectStatus(await copilot.post(runId, 'reject', body), 200)).toMatchObject({
      ok: true,
      runId,
      status: 'REJECTED',
    })
    expect(await copilot.status(runId)).toBe('REJECTED')
    expectError(await copilot.post(runId, 'approve'), 409, 'RUN_NOT_READY')
    expectError(await copilot.post(runId, 'execute'), 409, 'RUN_NOT_APPROVED')
    expectError(await copilot.post(runId, 'start'), 409, 'RUN_ALREADY_STARTED')
    expectError(await server.call('PATCH', `/runs/${runId}/resume`, {}), 409, 'RUN_NOT_PAUSED')
    expect(await copilot.status(runId)).toBe('REJECTED')
  })

  test('is approved once it waits for it, once, and as the plan that stands', async () => {
    const runId = await copilot.created()
    expectError(await copilot.post(runId, 'approve'), 409, 'RUN_NOT_READY')
    expectError(await copilot.post(runId, 'execute'), 409, 'RUN_NOT_APPROVED')
    const { artifacts } = expectStatus(await copilot.post(runId, 'start'), 200)
    expectError(await copilot.post(runId, 'execute'), 409, 'RUN_NOT_APPROVED')
    expectError(await copilot.post(runId, 'approve', { plan_hash: 'f'.repeat(64) }), 409, 'PLAN_CHANGED')
    expectError(await copilot.post(runId, 'approve', { plan_hash: '' }), 409, 'PLAN_CHANGED')
    expect(await copilot.status(runId)).toBe('AWAITING_APPROVAL')
    const approved = await copilot.post(runId, 'approve', { plan_hash: artifacts.plan_hash })
    expect(expectStatus(approved, 200).status).toBe('APPROVED_READY')
    expectError(await copilot.post(runId, 'approve'), 409, 'RUN_NOT_READY')
    expectError(await copilot.post(runId, 'reject'), 409, 'RUN_NOT_READY')
  })

  test('stands in the inbox with what it would do, and an answer there moves it', async () => {
    const { runId, artifacts } = await copilot.started('AWAITING_APPROVAL')
    const [pending] = await approvalsOf(runId)
    // As risky as the plan was found to be, in one line: what is no requester's word holds nothing that could hide.
    expect(pending).toMatchObject({
      title: expect.stringMatching(/^Swap 50 USDC for at least/),
      risk_level: 'low',
    })
    expect(pending.details).toMatch(
      /^1\. Approve .+ 2\. Swap .+ Risk 0 of 100\. Holds until .+ by the clock of the chain\. Wallet 0x.+ Plan [0-9a-f]{64}\.$/,
    )
    const shown = expectStatus(await server.get(`/v1/approvals/decisions/${pending.decision_id}`), 200)
    expect(JSON.stringify(shown)).toContain(artifacts.plan_hash)
    expect(JSON.stringify(shown.payload)).toContain(artifacts.tx_requests[1].data)
    const answer = { decision: 'approved', approver_id: 'ana' }
    expectStatus(await server.post(`/v1/approvals/decisions/${pending.decision_id}`, answer), 200)
    await expect.poll(() => copilot.status(runId), { interval: 5 }).toBe('APPROVED_READY')
    expect(expectStatus(await copilot.post(runId, 'execute'), 200).tx_requests).toEqual(artifacts.tx_requests)

    const other = await copilot.started('AWAITING_APPROVAL')
    const [asked] = await approvalsOf(other.runId)
    const no = { decision: 'rejected', approver_id: 'ana', reason: 'no' }
    expectStatus(await server.post(`/v1/approvals/decisions/${asked.decision_id}`, no), 200)
    await expect.poll(() => copilot.status(other.runId), { interval: 5 }).toBe('REJECTED')
  })

  test('is believed from its own workflow alone: what another one asks has neither its words nor its risk', async () => {
    const { artifacts } = await copilot.started('AWAITING_APPROVAL')
    const runs = runClient(server)
    const spends = { token: 'USDC', amount_text: '1', chain_id: DEVNET_ID, recipient_lowercase: null }
    const input = (severity: unknown) => ({
      plan_hash: artifacts.plan_hash,
      chain_id: DEVNET_ID,
      wallet_address: DEV_ACCOUNT,
      summary: ['Send 1 USDC to a friend'],
      tx_requests: artifacts.tx_requests,
      context: { ...spends, severity, risk_score: 0, warnings: [] },
    })
    for (const severity of ['LOW', ['LOW'], 'constructor', '__proto__']) {
      const config = { tool_id: WEB3_TRANSACTION, input: input(severity) }
      const workflow = await runs.define([{ id: 'approval', type: 'tool_node', config }])
      const run = await runs.run(workflow, 'paused')
      const [pending] = await approvalsOf(run.id)
      expect(pending).toMatchObject({
        title: 'Transactions of a wallet',
        details: 'This is no plan of the copilot: nothing has checked it.',
        risk_level: 'high',
      })
    }
  })

  test('is told nothing of its own from outside: no event of the program can be sent to it', async () => {
    const { runId } = await copilot.handedOut()
    for (const name of ['copilot.settled', 'copilot.answers', 'copilot.tx_submitted', ' copilot.settled']) {
      const forged = await server.post(`/runs/${runId}/events`, { name, payload: { status: 'CONFIRMED' } })
      expect([name, forged.status]).toEqual([name, 422])
    }
    const resumed = { approval_input: { approved: true } }
    expectError(
      await server.call('PATCH', `/runs/${runId}/resume`, resumed),
      409,
      'RUN_WAITS_FOR_SOMETHING_ELSE',
    )
    expectError(await server.post(`/runs/${runId}/retry`), 409, 'RUN_OF_COPILOT')
    expectError(await server.post(`/runs/${runId}/fork`, { from_step: 'wallet' }), 409, 'RUN_OF_COPILOT')
    expect(await copilot.status(runId)).toBe('APPROVED_READY')
  })

  test('is not approved once its time is over on the chain, which is asked only where that is near', async () => {
    const callsOf = async (runId: string) =>
      (await copilot.toolCalls(runId)).filter(
        ({ tool_name: name }: CopilotToolCall) => name !== WEB3_TRANSACTION,
      ).length
    const far = await copilot.started('AWAITING_APPROVAL')
    const asked = await callsOf(far.runId)
    expectStatus(await copilot.post(far.runId, 'approve'), 200)
    expect(await callsOf(far.runId)).toBe(asked)

    const near = () => copilot.started('AWAITING_APPROVAL', 'swap 50 usdc to eth within 1 min')
    const inTime = await near()
    const late = await near()
    expectStatus(await copilot.post(inTime.runId, 'approve'), 200)
    await world.devnet.client.increaseTime({ seconds: 120 })
    await world.devnet.client.mine({ blocks: 1 })
    const refused = expectError(await copilot.post(late.runId, 'approve'), 409, 'PLAN_STALE')
    expect(refused.details[0]!.message).toContain('ask again')
    expect(await copilot.status(late.runId)).toBe('AWAITING_APPROVAL')
    expectStatus(await copilot.post(late.runId, 'reject'), 200)
  })
})
