import { beforeAll, describe, expect, test } from 'vitest'
import { createAuthenticator } from '../../test/harness/software-authenticator.ts'
import { approvalChallenge } from './approval-challenge.ts'
import { encodeBase64Url } from './base64.ts'
import type { ReadEvent } from './check-events.ts'
import { checkFreshAuthentication } from './check-fresh-authentication.ts'
import { startFindings } from './findings.ts'
import { formatReport } from './format-report.ts'
import type { PasskeyRecord } from './schema.ts'
import { createTestSigner, logEvents, type TestEvent, type TestSigner } from './test-bundle.ts'
import {
  APPROVAL,
  DECISION,
  expectBroken,
  exportPurchase,
  POLICIES,
  PURCHASE_SHA256,
  REQUEST,
  STORY,
  verifyLines,
} from './test-purchase.ts'

const ANA = 'user:ana'
const ORIGIN = 'https://countersign.example'
const asked = { tenant: 'default', decisionId: 'dec_1', payloadSha256: PURCHASE_SHA256 }
const challenge = approvalChallenge(asked)

/** What the ledger keeps of an assertion. */
function recordOf(
  authenticator = createAuthenticator(),
  signing: Partial<Parameters<typeof authenticator.assert>[0]> = {},
): PasskeyRecord {
  const { response } = authenticator.assert({ challenge, origin: ORIGIN, ...signing })
  return {
    method: 'passkey',
    at: '2026-11-21T12:00:00.000Z',
    credential_id: authenticator.credentialId,
    public_key: authenticator.publicKey,
    client_data_json: response.clientDataJSON,
    authenticator_data: response.authenticatorData,
    signature: response.signature,
    origin: ORIGIN,
    relying_party_id: 'countersign.example',
  }
}

const registration = ({ credential_id, public_key }: PasskeyRecord, actor = ANA, more = {}): TestEvent => ({
  run: `passkey:${credential_id}`,
  kind: 'passkey_registered',
  actor,
  payload: {
    credential_id,
    public_key,
    owner: actor,
    relying_party_id: 'countersign.example',
    name: 'key',
    ...more,
  },
})
const removal = ({ credential_id }: PasskeyRecord): TestEvent => ({
  run: `passkey:${credential_id}`,
  kind: 'passkey_removed',
  actor: ANA,
  payload: { credential_id, owner: ANA },
})
const BEN = 'user:ben'
const voteOf = (record: PasskeyRecord | undefined, actor: string): TestEvent => ({
  run: 'run_purchase',
  kind: 'approval_vote_cast',
  actor,
  payload: {
    decision_id: 'dec_1',
    target_event_id: 'evt_request',
    ...(record && { fresh_authentication: record }),
  },
})

/** The purchase where policy asked for a passkey, with what the approval then says about it. */
function storyOf(
  proof: unknown,
  before: TestEvent[],
  wanted: 'password' | 'passkey' = 'passkey',
  people = 1,
): TestEvent[] {
  const terms = { require_fresh_authentication: wanted, required_approvals: people }
  const edit = (event: TestEvent, more: object) => ({ ...event, payload: { ...event.payload, ...more } })
  return [
    ...before,
    ...STORY.map((event) => {
      if (event === DECISION) return edit(event, { approval: terms })
      if (event === REQUEST) return edit(event, terms)
      if (event !== APPROVAL) return event
      return { ...edit(event, proof === undefined ? {} : { fresh_authentication: proof }), actor: ANA }
    }),
  ]
}

let signer: TestSigner
beforeAll(async () => {
  signer = await createTestSigner('countersign.local/default')
})

/** However well it is signed by the log: only what the passkey signed can object. */
const verifyStory = async (events: TestEvent[]) =>
  verifyLines(
    await exportPurchase(logEvents('default', events), {
      signer,
      policySets: [POLICIES],
      scope: { decision_id: 'dec_1' },
    }),
    { trustedKeys: [signer.vkey] },
  )
const broken = { check: 'fresh-authentication', run_id: 'run_purchase', seq: 4 } as const

describe('an approval with a passkey', () => {
  test('is verified with the registration in the bundle, for each algorithm that is offered', async () => {
    for (const algorithm of ['ES256', 'EdDSA', 'RS256'] as const) {
      const record = recordOf(createAuthenticator(algorithm))
      const report = await verifyStory(storyOf(record, [registration(record)]))
      expect(report.firstFault, algorithm).toBeUndefined()
      expect(report).toMatchObject({ verdict: 'verified' })
      expect(report).not.toHaveProperty('notes')
      expect(report.checks).toContainEqual({
        name: 'fresh-authentication',
        ok: true,
        detail: '1 approval with a proof of who gave it',
      })
    }
  })

  test('without its registration is verified, and the report says that nothing proves whose key it is', async () => {
    const report = await verifyStory(storyOf(recordOf(), []))
    expect(report).toMatchObject({
      verdict: 'verified',
      notes: [
        "event 4 of run run_purchase: key not proved to be user:ana's: the bundle does not hold its registration",
      ],
    })
    expect(formatReport(report)).toContain(
      "note      event 4 of run run_purchase: key not proved to be user:ana's",
    )
  })

  test('of an algorithm that is not known is told as not checked, never as passed', async () => {
    const record = recordOf()
    // The same key, said to be of ES384: of the map's second entry only the value differs.
    const key = Buffer.from(record.public_key, 'base64url')
    const foreign = Buffer.concat([key.subarray(0, 4), Buffer.from([0x38, 34]), key.subarray(5)])
    const changed = { ...record, public_key: foreign.toString('base64url') }
    const report = await verifyStory(storyOf(changed, [registration(changed)]))
    expect(report.notes).toEqual([
      expect.stringContaining('was not checked: its algorithm is not known here'),
    ])
  })

  test.each([
    [
      'another payload',
      () =>
        recordOf(undefined, { challenge: approvalChallenge({ ...asked, payloadSha256: 'f'.repeat(64) }) }),
    ],
    [
      'another decision',
      () => recordOf(undefined, { challenge: approvalChallenge({ ...asked, decisionId: 'dec_2' }) }),
    ],
    [
      'another tenant',
      () => recordOf(undefined, { challenge: approvalChallenge({ ...asked, tenant: 'other' }) }),
    ],
    [
      'another page',
      () => recordOf(undefined, { origin: 'https://evil.example', relyingPartyId: 'countersign.example' }),
    ],
    ['another relying party', () => recordOf(undefined, { relyingPartyId: 'evil.example' })],
    ['no verified person', () => recordOf(undefined, { userVerified: false })],
    ['a registration in place of an assertion', () => recordOf(undefined, { type: 'webauthn.create' })],
    ['the key of another', () => ({ ...recordOf(), public_key: createAuthenticator().publicKey })],
  ])('with %s is broken at its event', async (_what, make) => {
    const record = make()
    expectBroken(await verifyStory(storyOf(record, [registration(record)])), broken)
  })

  test('with a key that somebody else registered, or that was registered with other bytes, is broken', async () => {
    const record = recordOf()
    expectBroken(await verifyStory(storyOf(record, [registration(record, 'user:ben')])), broken)
    const other = { ...record, public_key: createAuthenticator().publicKey }
    expectBroken(await verifyStory(storyOf(record, [registration(other)])), broken)
  })

  test('is broken by any changed byte of what was signed, the signature and the key', async () => {
    const record = recordOf()
    const members = ['client_data_json', 'authenticator_data', 'signature', 'public_key'] as const
    let flipped = 0
    for (const member of members) {
      const bytes = Buffer.from(record[member], 'base64url')
      for (let at = 0; at < bytes.length; at += 1) {
        const changed = Uint8Array.from(bytes, (byte, index) => (index === at ? byte ^ 1 : byte))
        const findings = startFindings()
        const events = readEvents(
          storyOf({ ...record, [member]: encodeBase64Url(changed) }, [registration(record)]),
        )
        await checkFreshAuthentication(events, findings)
        expect(findings.firstFault, `${member} at ${at}`).toMatchObject({
          check: 'fresh-authentication',
          seq: 4,
        })
        flipped += 1
      }
    }
    expect(flipped).toBeGreaterThan(300)
    for (const member of ['origin', 'relying_party_id', 'credential_id'] as const) {
      const findings = startFindings()
      await checkFreshAuthentication(
        readEvents(storyOf({ ...record, [member]: `${record[member]}A` }, [registration(record)])),
        findings,
      )
      const caught = member === 'credential_id' ? findings.notes[0] : findings.firstFault
      expect(caught, member).toBeDefined()
    }
  })
})

describe('an approval that was asked for a proof', () => {
  test('and has none, or a weaker one, is broken', async () => {
    expectBroken(await verifyStory(storyOf(undefined, [])), {
      ...broken,
      expected: 'passkey',
      actual: 'none',
    })
    const password = { method: 'password', at: '2026-11-21T12:00:00.000Z' }
    expectBroken(await verifyStory(storyOf(password, [])), { ...broken, actual: 'password' })
    expect((await verifyStory(storyOf(password, [], 'password'))).firstFault).toBeUndefined()
    expectBroken(await verifyStory(storyOf({ ...recordOf(), signature: '' }, [])), broken)
  })

  test('cannot be asked for less than was decided', async () => {
    const story = storyOf(undefined, []).map((event) =>
      event.kind === 'approval_requested'
        ? { ...event, payload: { ...event.payload, require_fresh_authentication: undefined } }
        : event,
    )
    const events = JSON.parse(JSON.stringify(story)) as TestEvent[]
    expectBroken(await verifyStory(events), { ...broken, seq: 3, expected: 'passkey', actual: 'none' })
  })

  test('is held to it also where the request is left out, or comes before the decision', async () => {
    const story = storyOf(undefined, [])
    const cut = story.filter(({ kind }) => kind !== 'approval_requested')
    expectBroken(await verifyStory(cut), { check: 'approval', seq: 3, expected: 'a request before it' })
    const raw = cut.map((event) =>
      event.payload.title === 'a wish' ? { ...event, event_id: 'evt_request' } : event,
    )
    // A receipt from outside may be answered. That is no approval, and nothing may stand on it.
    expectBroken(await verifyStory(raw), { check: 'token-binding', seq: 4, actual: 'none' })
    const answered = await verifyStory(raw.slice(0, 5))
    expect(answered).toMatchObject({
      verdict: 'verified',
      notes: [expect.stringContaining('no approval of the decision')],
    })
    const bare = (event: TestEvent) => {
      const { require_fresh_authentication: _, ...payload } = event.payload
      return { ...event, payload }
    }
    const request = bare(story.find(({ kind }) => kind === 'approval_requested')!)
    const early = story.flatMap((event) =>
      event.kind === 'decision_recorded' ? [request, event] : event.event_id === 'evt_request' ? [] : [event],
    )
    expectBroken(await verifyStory(early), { ...broken, expected: 'passkey', actual: 'none' })
  })

  test('may be weaker than what is decided later, which the report says and nothing may stand on', async () => {
    const story = storyOf(undefined, [], 'password').map((event) =>
      event.kind === 'approval_resolved'
        ? {
            ...event,
            payload: { ...event.payload, fresh_authentication: { method: 'password', at: 'then' } },
          }
        : event,
    )
    const later = storyOf(undefined, []).find(({ kind }) => kind === 'decision_recorded')!
    const again = story.flatMap((event) => (event.kind === 'approval_resolved' ? [later, event] : [event]))
    expectBroken(await verifyStory(again), {
      check: 'token-binding',
      expected: 'passkey',
      actual: 'password',
    })
    const open = again.slice(0, again.findIndex(({ kind }) => kind === 'approval_resolved') + 1)
    expect(await verifyStory(open)).toMatchObject({
      verdict: 'verified',
      notes: [expect.stringContaining('a decision since wants more (passkey)')],
    })
  })

  test('by two people needs the passkey of each, and no signature or key counts twice', async () => {
    const [own, other] = [recordOf(), recordOf()]
    const story = (vote: TestEvent | undefined, people = 2) =>
      storyOf(own, [registration(own), registration(other, BEN)], 'passkey', people).flatMap((each) =>
        each.kind === 'approval_resolved' && vote ? [vote, each] : [each],
      )
    expect((await verifyStory(story(voteOf(other, BEN)))).firstFault).toBeUndefined()
    expectBroken(await verifyStory(story(voteOf(undefined, BEN))), broken)
    expectBroken(await verifyStory(story(undefined)), {
      check: 'approval',
      seq: 4,
      expected: '2 different approvers',
      actual: '1',
    })
    expectBroken(await verifyStory(story(voteOf(own, ANA))), { check: 'approval', seq: 5 })
    // One key under two names: of the same registration, and of one made for each.
    const shared = [registration(own), registration(own, BEN)]
    const twice = story(voteOf(own, BEN)).filter(({ kind }) => kind !== 'passkey_registered')
    expectBroken(await verifyStory([...shared, ...twice]), { check: 'fresh-authentication', seq: 5 })
    const renamed = { ...own, credential_id: 'AAAA' }
    const copied = [registration(own), registration(renamed, BEN), ...story(voteOf(renamed, BEN))]
    expectBroken(
      await verifyStory(copied.filter((event, at) => at < 2 || event.kind !== 'passkey_registered')),
      { check: 'fresh-authentication', seq: 5, actual: 'one used before' },
    )
  })

  test('needs a key that its owner registered for this address and has not removed', async () => {
    const record = recordOf()
    const elsewhere = registration(record, ANA, { relying_party_id: 'other.example' })
    expectBroken(await verifyStory(storyOf(record, [elsewhere])), { ...broken, expected: 'other.example' })
    expectBroken(await verifyStory(storyOf(record, [registration(record), removal(record)])), {
      ...broken,
      actual: 'one removed before',
    })
    const after = [...storyOf(record, [registration(record)]), removal(record)]
    expect((await verifyStory(after)).firstFault).toBeUndefined()
    // Whatever operator, page and authenticator agree on, an address is under the name of its relying party.
    const page = { origin: 'https://evil.example', relyingPartyId: 'countersign.example' }
    const lured = { ...recordOf(undefined, page), origin: page.origin }
    expectBroken(await verifyStory(storyOf(lured, [registration(lured)])), {
      ...broken,
      actual: page.origin,
    })
    const below = { origin: 'https://studio.countersign.example', relyingPartyId: 'countersign.example' }
    const good = { ...recordOf(undefined, below), origin: below.origin }
    expect((await verifyStory(storyOf(good, [registration(good)]))).firstFault).toBeUndefined()
  })
})

/** The events as they are once chain and hashes were found sound. */
function readEvents(events: TestEvent[]): ReadEvent[] {
  return logEvents('default', events).events.map(({ runId, seq, leaf, canon }) => ({
    place: { run_id: runId, seq, line: leaf + 2 },
    leaf,
    body: JSON.parse(canon) as ReadEvent['body'],
  }))
}
