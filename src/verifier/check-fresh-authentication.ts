import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, concatBytes, utf8ToBytes } from '@noble/hashes/utils.js'
import { approvalChallenge } from './approval-challenge.ts'
import { decodeBase64Url } from './base64.ts'
import { followApproval, startApprovals } from './check-approvals.ts'
import { nameEvent, type ReadEvent } from './check-events.ts'
import { verifyCoseSignature } from './cose-key.ts'
import { countOf, type Findings, recordCheck, recordFault, recordNote } from './findings.ts'
import { FreshAuthenticationRecord, type PasskeyRecord } from './schema.ts'

type Payload = Record<string, unknown>
type Report = (expected: string, actual: string, message: string) => void

/** Where the flags stand, after the hash of the relying party (WebAuthn §6.1). */
const FLAGS_AT = 32
const SHORTEST_AUTHENTICATOR_DATA = 37
const UP = 0x01
const UV = 0x04

/** Whose key a passkey is, and whether they removed it. */
type Registration = { actor: string; payload: Payload; isRemoved: boolean }

/**
 * Whoever approved proved who they are, where that was asked for: every signature of a passkey is checked again, over the
 * payload that was shown, and the key against the event that says whose it is. No passkey answers for two people.
 */
export async function checkFreshAuthentication(events: ReadEvent[], findings: Findings): Promise<void> {
  const approvals = startApprovals()
  const registered = new Map<unknown, Registration[]>()
  const used = new Set<string>()
  let proofs = 0
  for (const event of events) {
    const { kind, payload, actor, tenant } = event.body
    const report: Report = (expected, actual, message) =>
      recordFault(findings, 'fresh-authentication', event.place, {
        expected,
        actual,
        message: `${nameEvent(event.place)}: ${message}`,
      })
    const note = (text: string | undefined) => {
      if (text) recordNote(findings, `${nameEvent(event.place)}: ${text}`)
    }
    if (kind === 'passkey_registered') {
      const known = registered.get(payload.credential_id) ?? []
      registered.set(payload.credential_id, [...known, { actor, payload, isRemoved: false }])
    }
    if (kind === 'passkey_removed') {
      for (const known of registered.get(payload.credential_id) ?? []) known.isRemoved = true
    }
    const yes = followApproval(event, approvals, {
      // What else is wrong with an approval, the check of approvals says.
      fault: (check, ...fault) => check === 'fresh-authentication' && report(...fault),
      note: () => undefined,
    })
    if (yes?.record === undefined) continue
    const record = FreshAuthenticationRecord.safeParse(yes.record)
    if (!record.success) {
      report('a proof', 'none', 'what it says of a proof cannot be read')
      continue
    }
    proofs += 1
    const given = record.data
    if (given.method === 'password') continue
    const { decisionId } = yes
    const payloadSha256 = String(yes.payloadSha256)
    for (const part of [given.credential_id, given.public_key, given.signature]) {
      const use = `${decisionId}\n${part}`
      if (used.has(use)) {
        report(
          'a passkey of their own',
          'one used before',
          'its passkey or signature gave another approval too',
        )
        break
      }
      used.add(use)
    }
    note(await checkPasskey(given, approvalChallenge({ tenant, decisionId, payloadSha256 }), report))
    note(checkOwner(given, actor, registered.get(given.credential_id) ?? [], report))
  }
  // Where nobody was asked for one and nobody gave one, there was nothing to check.
  if (proofs === 0) return
  const given = countOf(proofs, 'approval')
  recordCheck(findings, 'fresh-authentication', `${given} with a proof of who gave it`)
}

/** Everything that WebAuthn §7.2 asks of an assertion and that stands in the record. Returns what could not be told. */
async function checkPasskey(
  record: PasskeyRecord,
  challenge: string,
  report: Report,
): Promise<string | undefined> {
  const data = decodeBase64Url(record.authenticator_data)
  const client = decodeBase64Url(record.client_data_json)
  const key = decodeBase64Url(record.public_key)
  const signature = decodeBase64Url(record.signature)
  if (!data || !client || !key || !signature || data.length < SHORTEST_AUTHENTICATOR_DATA) {
    report('the bytes of an assertion', 'others', 'its passkey record is no assertion')
    return undefined
  }
  const said = readClientData(client)
  const expect = (what: string, expected: string, actual: unknown) => {
    if (actual !== expected) report(expected, String(actual), `its passkey signed another ${what}`)
  }
  expect('payload or decision than was shown', challenge, said.challenge)
  expect('kind of message', 'webauthn.get', said.type)
  expect('origin', record.origin, said.origin)
  if (!isUnder(record.relying_party_id, record.origin)) {
    report(
      `an origin of ${record.relying_party_id}`,
      record.origin,
      'its passkey was used at an address it is not for',
    )
  }
  expect(
    'relying party',
    bytesToHex(sha256(utf8ToBytes(record.relying_party_id))),
    bytesToHex(data.subarray(0, FLAGS_AT)),
  )
  const flags = data[FLAGS_AT]!
  if ((flags & UP) === 0 || (flags & UV) === 0) {
    report('flags UP and UV', `flags 0x${flags.toString(16)}`, 'its authenticator did not verify the person')
  }
  const verdict = await verifyCoseSignature(key, signature, concatBytes(data, sha256(client)))
  if (verdict === 'invalid') {
    report('a signature by the key of the passkey', 'another', 'the signature of its passkey does not hold')
  }
  return verdict === 'unknown-algorithm'
    ? 'the signature of its passkey was not checked: its algorithm is not known here'
    : undefined
}

function readClientData(bytes: Uint8Array): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}

/** A passkey is good at the name that it was made for, and below it (WebAuthn §5.1.4.1). */
function isUnder(relyingPartyId: string, origin: string): boolean {
  if (!URL.canParse(origin)) return false
  const { hostname } = new URL(origin)
  return hostname === relyingPartyId || hostname.endsWith(`.${relyingPartyId}`)
}

/** The key against the registration before it. Without one in the bundle nothing says whose the key is. */
function checkOwner(
  { public_key, relying_party_id }: PasskeyRecord,
  actor: string,
  known: Registration[],
  report: Report,
): string | undefined {
  if (known.length === 0) return `key not proved to be ${actor}'s: the bundle does not hold its registration`
  const own = known.findLast(({ payload, ...by }) => by.actor === actor && payload.public_key === public_key)
  if (!own) {
    const owners = known.map((each) => each.actor).join(', ')
    report(
      `the passkey that ${actor} registered`,
      `one of ${owners}`,
      'its passkey is not the one that was registered',
    )
    return undefined
  }
  if (own.payload.relying_party_id !== relying_party_id) {
    report(
      String(own.payload.relying_party_id),
      relying_party_id,
      'its passkey was registered for another relying party',
    )
  }
  if (own.isRemoved)
    report('a passkey in use', 'one removed before', `${actor} had removed its passkey before`)
  return undefined
}
