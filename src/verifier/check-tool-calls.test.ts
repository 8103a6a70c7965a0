import { beforeAll, describe, expect, test } from 'vitest'
import { hashJson } from './hash-json.ts'
import { logEvents, type TestEvent, type TestSigner } from './test-bundle.ts'
import {
  expectBroken,
  exportPurchase,
  POLICIES,
  POLICY_SHA256,
  recordPurchase,
  verifyLines,
} from './test-purchase.ts'

const RUN = 'run_of_a_workflow'
const INPUT = { hotel_id: 'VV-LISBON' }
const DEFINITION = { handler_type: 'http', target: 'POST https://desk.example', sha256: 'd'.repeat(64) }
const PAYLOAD = { tool_id: 'ticketing.list_open', input: INPUT, definition: DEFINITION }
const decided = (effect: string): TestEvent => ({
  run: RUN,
  kind: 'decision_recorded',
  payload: {
    decision_id: 'dec_1',
    action: 'tool_call',
    effect,
    payload: PAYLOAD,
    payload_sha256: hashJson(PAYLOAD),
    policy_sha256: POLICY_SHA256,
  },
})
const call = { call_id: 'act:1/1', tool_id: 'ticketing.list_open', input: INPUT, decision_id: 'dec_1' }
const INTENT: TestEvent = {
  run: RUN,
  kind: 'tool_call_intended',
  payload: { ...call, input_sha256: hashJson(INPUT), definition: DEFINITION },
}
const ANSWER: TestEvent = { run: RUN, kind: 'tool_call', payload: { ...call, output: {}, outcome: 'done' } }
const bound = { decision_id: 'dec_1', payload_sha256: hashJson(PAYLOAD) }
const REQUEST: TestEvent = {
  run: RUN,
  kind: 'approval_requested',
  event_id: 'evt_request',
  payload: { ...bound, payload: PAYLOAD },
}
const approval = (status: string): TestEvent => ({
  run: RUN,
  kind: 'approval_resolved',
  payload: { ...bound, target_event_id: 'evt_request', status },
})

const edit = (event: TestEvent, payload: object): TestEvent => ({
  ...event,
  payload: { ...event.payload, ...payload },
})

let signer: TestSigner
beforeAll(async () => {
  ;({ signer } = await recordPurchase())
})

/** What the log's own key signs when these events happen: only the bindings can object. */
const verify = async (events: TestEvent[]) =>
  verifyLines(
    await exportPurchase(logEvents('default', events), {
      signer,
      policySets: [POLICIES],
      scope: { decision_id: 'dec_1' },
    }),
  )
describe('calls of tools inside a run', () => {
  test('a call that was decided about, begun once and answered is sound', async () => {
    expect((await verify([decided('allow'), INTENT, ANSWER])).firstFault).toBeUndefined()
    expect(
      (await verify([decided('require_approval'), REQUEST, approval('approved'), INTENT, ANSWER])).firstFault,
    ).toBeUndefined()
  })

  test.each([
    ['nothing decided about', [INTENT]],
    ['that policy denied', [decided('deny'), INTENT]],
    ['that nobody approved', [decided('require_approval'), INTENT]],
    ['that a human rejected', [decided('require_approval'), REQUEST, approval('rejected'), INTENT]],
    ['that a draft asked about and nobody answered', [decided('allow'), REQUEST, INTENT]],
    [
      'that a draft asked about and a human rejected',
      [decided('allow'), REQUEST, approval('rejected'), INTENT],
    ],
    [
      'that stands on the approval of another call',
      [decided('allow'), REQUEST, approval('approved'), INTENT, edit(INTENT, { call_id: 'act:1/2' })],
    ],
    ['that stands on a decision of another run', [{ ...decided('allow'), run: 'run_other' }, INTENT]],
    [
      'with another input than was decided about',
      [
        decided('allow'),
        edit(INTENT, { input: { hotel_id: 'X' }, input_sha256: hashJson({ hotel_id: 'X' }) }),
      ],
    ],
    [
      'of another tool than was decided about',
      [decided('allow'), edit(INTENT, { tool_id: 'ticketing.create' })],
    ],
    [
      'of a tool that was changed after the decision',
      [decided('allow'), edit(INTENT, { definition: { ...DEFINITION, sha256: 'e'.repeat(64) } })],
    ],
    [
      'whose intent leaves out what was decided about',
      [decided('allow'), edit(INTENT, { definition: undefined })],
    ],
    ['whose input does not have its hash', [decided('allow'), edit(INTENT, { input_sha256: hashJson({}) })]],
    ['that is begun twice', [decided('allow'), INTENT, INTENT]],
    ['that is answered without being begun', [decided('allow'), ANSWER]],
    ['that is answered twice', [decided('allow'), INTENT, ANSWER, ANSWER]],
  ])('a call %s breaks the record', async (_name, events) => {
    expectBroken(await verify(events), { check: 'effect-binding' })
  })
})
