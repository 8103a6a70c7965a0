import { afterAll, beforeAll, expect, test } from 'vitest'
import { expectError, expectStatus } from '../gate/purchase-client.ts'
import { createTestClock } from '../harness/start-test-server.ts'
import { copilotClient, openCopilotWorld } from './copilot-client.ts'

const HOUR = 3_600_000
/** The newest block is two hours old: nobody has sent anything since. */
const clock = createTestClock(Date.now() + 2 * HOUR)
let world: Awaited<ReturnType<typeof openCopilotWorld>>
beforeAll(async () => {
  world = await openCopilotWorld({ clock })
})
afterAll(() => world.close())

test('on a chain that made no block for hours the deadline of a swap counts from now, and is over when it is over', async () => {
  const copilot = copilotClient(world.server)
  const { runId, artifacts } = await copilot.started('AWAITING_APPROVAL')
  expect(artifacts.tx_requests[1].meta.deadline).toBe(Math.floor(clock.now() / 1000) + 1200)
  expect(artifacts.decision).toMatchObject({ severity: 'LOW', risk_score: 0 })
  expectStatus(await copilot.post(runId, 'approve'), 200)
  clock.advance(HOUR)
  const { details } = expectError(await copilot.post(runId, 'execute'), 409, 'PLAN_VOID')
  expect(details[0]!.message).toMatch(/^The time for which the swap holds is over\./)
})
