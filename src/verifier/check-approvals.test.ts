import { beforeAll, describe, expect, test } from 'vitest'
import { createTestSigner, logEvents, type TestEvent, type TestSigner } from './test-bundle.ts'
import {
  APPROVAL,
  DECISION,
  expectBroken,
  exportPurchase,
  POLICIES,
  POLICY_SHA256,
  REQUEST,
  RUN,
  STORY,
  verifyLines,
} from './test-purchase.ts'

const [ANA, BEN, CLEO] = ['user:ana', 'user:ben', 'user:cleo']
let signer: TestSigner
beforeAll(async () => {
  signer = await createTestSigner('countersign.local/default')
})

/** What the log's own key signs when these events happen instead: only what approvals are can object. */
const verifyStory = async (events: TestEvent[], scope: object = { run_id: RUN }) =>
  verifyLines(
    await exportPurchase(logEvents('default', events), {
      signer,
      policySets: [POLICIES],
      scope: scope as { run_id: string },
    }),
    { trustedKeys: [signer.vkey] },
  )
const edit = (event: TestEvent, payload: object, more: Partial<TestEvent> = {}): TestEvent => ({
  ...event,
  ...more,
  payload: { ...event.payload, ...payload },
})
const vote = (actor: string) =>
  edit(APPROVAL, {}, { kind: 'approval_vote_cast', actor, event_id: `evt_vote_${actor}` })

/** The purchase where policy asked for this, and the request too unless it says otherwise. */
function storyOf(terms: object, votes: TestEvent[], { by = ANA, requested = terms } = {}): TestEvent[] {
  return STORY.flatMap((event) => {
    if (event === DECISION) return [edit(event, { approval: terms })]
    if (event === REQUEST) return [edit(event, requested)]
    if (event === APPROVAL) return [...votes, { ...event, actor: by }]
    return [event]
  })
}
const TWO = { required_approvals: 2 }

describe('an approval by several', () => {
  test('has as many different people as policy wants', async () => {
    expect(await verifyStory(storyOf(TWO, [vote(BEN)]))).toMatchObject({ verdict: 'verified' })
    expectBroken(await verifyStory(storyOf(TWO, [])), {
      check: 'approval',
      seq: 4,
      expected: '2 different approvers',
      actual: '1',
    })
    const three = { required_approvals: 3 }
    expectBroken(await verifyStory(storyOf(three, [vote(BEN)])), { check: 'approval', seq: 5, actual: '2' })
    expect(await verifyStory(storyOf(three, [vote(BEN), vote(CLEO)]))).toMatchObject({ verdict: 'verified' })
  })

  test('counts nobody twice, whatever name they type, and no key', async () => {
    const named = { approver: 'Ana', resolved_by: 'Ben' }
    const same = storyOf(TWO, [edit(vote(ANA), named)])
    expectBroken(await verifyStory(same), { check: 'approval', seq: 5, actual: ANA })
    expectBroken(await verifyStory(storyOf(TWO, [vote('key:1')])), {
      check: 'approval',
      seq: 4,
      actual: 'key:1',
    })
    const feigned = storyOf(TWO, [edit(vote(BEN), { authenticated_as: CLEO })])
    expectBroken(await verifyStory(feigned), { check: 'approval', seq: 4, expected: BEN, actual: CLEO })
  })

  test('is asked of no fewer than was decided, and where more is asked, of these', async () => {
    const fewer = storyOf(TWO, [], { requested: {} })
    expectBroken(await verifyStory(fewer), { check: 'approval', seq: 3, expected: '2 different approvers' })
    const more = storyOf({}, [], { requested: TWO })
    expectBroken(await verifyStory(more), { check: 'approval', seq: 4, actual: '1' })
  })

  test('is not given by whoever asked, where policy wants another person', async () => {
    const other = { forbid_self_approval: true }
    const asked = (by: string) =>
      storyOf(other, [], { by }).map((event) =>
        event.kind === 'approval_requested' ? { ...event, actor: ANA } : event,
      )
    expectBroken(await verifyStory(asked(ANA)), { check: 'approval', seq: 4, actual: ANA })
    expect(await verifyStory(asked(BEN))).toMatchObject({ verdict: 'verified' })
    expectBroken(await verifyStory(storyOf(other, [], { requested: {} })), { check: 'approval', seq: 3 })
  })
})

describe('an approval', () => {
  const storyWith = (event: TestEvent, ...more: TestEvent[]) =>
    STORY.flatMap((each) => (each === event ? [each, ...more] : [each]))
  const EXPIRED = edit(APPROVAL, {}, { kind: 'approval_expired' })

  test.each([
    ['before it is asked for', [...STORY.slice(0, 3), APPROVAL, REQUEST, ...STORY.slice(6)], 3],
    ['in place of another request', STORY.with(5, edit(APPROVAL, { target_event_id: 'evt_9' })), 4],
    ['twice', storyWith(APPROVAL, APPROVAL), 5],
    ['and then rejected', storyWith(APPROVAL, edit(APPROVAL, { status: 'rejected' })), 5],
    ['after it expired', storyWith(REQUEST, EXPIRED), 5],
    ['by a vote after the end', storyWith(APPROVAL, vote(BEN)), 5],
  ])('given %s is broken where it is given', async (_how, events, seq) => {
    expectBroken(await verifyStory(events), { check: 'approval', seq })
  })

  test('is asked for once', async () => {
    expectBroken(await verifyStory(storyWith(REQUEST, edit(REQUEST, {}, { event_id: 'evt_again' }))), {
      check: 'approval',
      seq: 4,
    })
  })

  test('is given in time, and no later than was decided', async () => {
    // The request is recorded three seconds after noon, its answer five.
    const ends = (at: string) => storyOf({}, [], { requested: { expires_at: at } })
    expect(await verifyStory(ends('2026-11-21T12:00:05.000Z'))).toMatchObject({ verdict: 'verified' })
    expectBroken(await verifyStory(ends('2026-11-21T11:59:00.000Z')), { check: 'approval', seq: 4 })
    const decided = { expires_in_seconds: 60 }
    const longer = storyOf(decided, [], { requested: { expires_at: '2026-11-21T12:01:03.001Z' } })
    expectBroken(await verifyStory(longer), {
      check: 'approval',
      seq: 3,
      expected: '2026-11-21T12:01:03.000Z',
    })
    expectBroken(await verifyStory(storyOf(decided, [], { requested: { expires_at: null } })), { seq: 3 })
  })

  test('shows what was decided', async () => {
    const hidden = STORY.with(3, edit(REQUEST, { payload: null, payload_sha256: null }))
    expectBroken(await verifyStory(hidden), { check: 'payload-binding', seq: 3, actual: 'none' })
    const bare = STORY.with(3, edit(REQUEST, { payload: null }))
    expectBroken(await verifyStory(bare), { check: 'payload-binding', seq: 3, actual: 'none' })
  })

  test('stands on a decision that is in the export of that decision, or the report says that it is not', async () => {
    const cut = STORY.filter((event) => event !== DECISION).map((event) =>
      event === REQUEST ? edit(event, { policy_sha256: POLICY_SHA256 }) : event,
    )
    // In another run events of the same millisecond may stand behind those that they came before.
    const at = '2026-11-21T12:00:00.000Z'
    const aside = [...cut, { ...DECISION, run: 'run_aside' }].map((event) => ({ ...event, recorded_at: at }))
    expect(await verifyStory(aside, { decision_id: 'dec_1' })).toMatchObject({ verdict: 'verified' })
    expectBroken(await verifyStory(cut, { decision_id: 'dec_1' }), { check: 'approval', actual: 'none' })
    expect(await verifyStory(cut)).toMatchObject({
      verdict: 'verified',
      notes: [expect.stringContaining('nothing says what was wanted of the approval')],
    })
  })
})
