import { beforeAll, describe, expect, test } from 'vitest'
import { hashJson } from './hash-json.ts'
import { logEvents, type TestEvent, type TestSigner } from './test-bundle.ts'
import {
  APPROVAL,
  COMPLETION,
  DECISION,
  expectBroken,
  exportPurchase,
  INTENT,
  MINT,
  POLICIES,
  PURCHASE,
  PURCHASE_SHA256,
  REQUEST,
  RUN,
  recordPurchase,
  STORY,
  verifyLines,
} from './test-purchase.ts'

let signer: TestSigner

beforeAll(async () => {
  ;({ signer } = await recordPurchase())
})

/** What the log's own key signs when these events happen instead: only the bindings can object. */
const verifyStory = async (events: TestEvent[], policySets: unknown[][] = [POLICIES]) =>
  verifyLines(await exportPurchase(logEvents('default', events), { signer, policySets }))

describe('what the log itself must not do, however well it is signed', () => {
  const otherPayload = { ...PURCHASE, amount: 5_000 }
  const swap = (from: TestEvent, to: TestEvent) => STORY.map((event) => (event === from ? to : event))
  const edit = (event: TestEvent, payload: object) => ({
    ...event,
    payload: { ...event.payload, ...payload },
  })

  test('a payload that does not have the hash it is bound by', async () => {
    for (const [event, seq] of [
      [DECISION, 2],
      [REQUEST, 3],
    ] as const) {
      const report = await verifyStory(swap(event, edit(event, { payload: otherPayload })))
      expectBroken(report, {
        seq,
        check: 'payload-binding',
        expected: PURCHASE_SHA256,
        actual: hashJson(otherPayload),
      })
    }
    expectBroken(await verifyStory(swap(DECISION, edit(DECISION, { payload_sha256: null }))), { seq: 2 })
  })

  test('an approval that shows another payload than was decided', async () => {
    const shown = edit(REQUEST, { payload: otherPayload, payload_sha256: hashJson(otherPayload) })
    expectBroken(await verifyStory(swap(REQUEST, shown)), { seq: 3, check: 'payload-binding' })
    const given = edit(APPROVAL, { payload_sha256: hashJson(otherPayload) })
    expectBroken(await verifyStory(swap(APPROVAL, given)), { seq: 4, check: 'payload-binding' })
  })

  test('a decision without a payload binds nothing, the approval does', async () => {
    const bare = edit(DECISION, { payload: null, payload_sha256: null })
    expect((await verifyStory(swap(DECISION, bare))).firstFault).toBeUndefined()
  })

  test('a token with another payload', async () => {
    const wrongHash = swap(MINT, edit(MINT, { payload: otherPayload }))
    expectBroken(await verifyStory(wrongHash), { seq: 5, check: 'token-binding', expected: PURCHASE_SHA256 })
    const rebound = { payload: otherPayload, payload_sha256: hashJson(otherPayload) }
    expectBroken(await verifyStory(swap(MINT, edit(MINT, rebound))), {
      seq: 5,
      check: 'token-binding',
      expected: PURCHASE_SHA256,
      actual: hashJson(otherPayload),
    })
    expectBroken(await verifyStory(swap(MINT, edit(MINT, { payload: null }))), {
      seq: 5,
      check: 'token-binding',
    })
    expectBroken(await verifyStory(swap(MINT, edit(MINT, { action: 'wire.send' }))), {
      seq: 5,
      check: 'token-binding',
    })
  })

  test('an effect with another payload than its token', async () => {
    const rebound = { payload: otherPayload, payload_sha256: hashJson(otherPayload) }
    expectBroken(await verifyStory(swap(INTENT, edit(INTENT, rebound))), {
      seq: 6,
      check: 'effect-binding',
      message: `event 6 of run ${RUN}: the effect has another payload than its token`,
    })
    expectBroken(await verifyStory(swap(INTENT, edit(INTENT, { payload: otherPayload }))), { seq: 6 })
    expectBroken(await verifyStory(swap(INTENT, edit(INTENT, { action: 'wire.send' }))), { seq: 6 })
    expectBroken(await verifyStory(swap(INTENT, edit(INTENT, { decision_id: 'dec_2' }))), { seq: 6 })
    expectBroken(await verifyStory(swap(INTENT, edit(INTENT, { decision_id: null }))), {
      seq: 6,
      message: `event 6 of run ${RUN}: the effect names no decision`,
    })
  })

  test('the same decision executed twice', async () => {
    const again = [edit(INTENT, { effect_id: 'eff_2' }), COMPLETION]
    expectBroken(await verifyStory([...STORY, ...again]), {
      seq: 11,
      check: 'effect-binding',
      message: `event 11 of run ${RUN}: decision dec_1 was executed twice`,
    })
    const secondToken = [edit(MINT, { jti: 'jti_2' }), edit(INTENT, { jti: 'jti_2', effect_id: 'eff_2' })]
    expectBroken(await verifyStory([...STORY, ...secondToken]), {
      seq: 12,
      message: `event 12 of run ${RUN}: decision dec_1 was executed twice`,
    })
    const sameToken = edit(INTENT, { decision_id: 'dec_2', effect_id: 'eff_2' })
    expectBroken(await verifyStory([...STORY, sameToken]), { seq: 11, check: 'effect-binding' })
    expectBroken(await verifyStory([...STORY, MINT]), { seq: 11, check: 'token-binding' })
  })

  test('an effect without a token, or with one minted afterwards', async () => {
    expectBroken(await verifyStory(STORY.filter((event) => event !== MINT)), {
      seq: 5,
      check: 'effect-binding',
      message: `event 5 of run ${RUN}: no token was minted for this effect`,
    })
    const late = [...STORY.filter((event) => event !== MINT), MINT]
    expectBroken(await verifyStory(late), { seq: 5, check: 'effect-binding' })
  })

  test('an effect without approval, before it, after a rejection, or against a denial', async () => {
    const without = STORY.filter((event) => event !== APPROVAL)
    const fault = {
      seq: 4,
      check: 'token-binding',
      message: `event 4 of run ${RUN}: nobody approved decision dec_1 before this token`,
    } as const
    expectBroken(await verifyStory(without), fault)
    expectBroken(await verifyStory([...without, APPROVAL]), fault)
    // Nor does the effect stand on a token that was minted in time for something that was rejected meanwhile.
    const revoked = STORY.flatMap((event) =>
      event === MINT ? [event, edit(APPROVAL, { status: 'rejected' })] : [event],
    )
    expect((await verifyStory(revoked)).checks).toContainEqual(
      expect.objectContaining({
        name: 'effect-binding',
        ok: false,
        detail: `event 7 of run ${RUN}: decision dec_1 was rejected before this effect`,
      }),
    )
    const rejected = edit(APPROVAL, { status: 'rejected' })
    expectBroken(await verifyStory(swap(APPROVAL, rejected)), {
      seq: 5,
      expected: 'an approval',
      actual: 'a rejection',
    })
    const both = STORY.flatMap((event) => (event === APPROVAL ? [rejected, APPROVAL] : [event]))
    expectBroken(await verifyStory(both), { seq: 5, check: 'approval', actual: 'rejected' })
    expectBroken(await verifyStory(swap(DECISION, edit(DECISION, { effect: 'deny' }))), {
      seq: 5,
      actual: 'deny',
    })
    const raw = { ...APPROVAL, kind: 'receipt_ingested' }
    expectBroken(await verifyStory(swap(APPROVAL, raw)), { seq: 5, message: fault.message.replace('4', '5') })
  })

  test('an allowed effect needs no approval, a registered one no decision', async () => {
    const asked = swap(DECISION, edit(DECISION, { effect: 'allow' })).filter((event) => event !== APPROVAL)
    const allowed = asked.filter((event) => event !== REQUEST)
    expect((await verifyStory(allowed)).firstFault).toBeUndefined()
    // Where somebody was asked all the same, as in draft mode, their answer counts.
    expectBroken(await verifyStory(asked), { seq: 4, check: 'token-binding', actual: 'pending' })
    const registered = STORY.filter((event) => event !== DECISION)
    expect((await verifyStory(registered, [])).firstFault).toBeUndefined()
  })

  test('an approval in another run of the same export counts from its time on', async () => {
    const elsewhere = STORY.map((event) =>
      event === REQUEST || event === APPROVAL ? { ...event, run: 'run_other' } : event,
    )
    const bundle = await exportPurchase(logEvents('default', elsewhere), {
      signer,
      scope: { decision_id: 'dec_1' },
      policySets: [POLICIES],
    })
    expect((await verifyLines(bundle)).firstFault).toBeUndefined()
    expectBroken(await verifyStory(elsewhere), { check: 'token-binding' })
  })

  test('an outcome of an effect that nothing intended', async () => {
    for (const kind of ['effect_completed', 'effect_failed', 'effect_in_doubt']) {
      const stray = edit({ ...COMPLETION, kind }, { effect_id: 'eff_9' })
      expectBroken(await verifyStory(swap(COMPLETION, stray)), {
        seq: 7,
        check: 'effect-binding',
        actual: 'eff_9',
      })
    }
  })
})
