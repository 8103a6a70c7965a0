import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, concatBytes, utf8ToBytes } from '@noble/hashes/utils.js'
import { approvalChallenge } from './approval-challenge.ts'
import { decodeBase64Url } from './base64.ts'
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

/**
 * Whoever approved proved who they are, where that was asked for: every signature of a passkey is checked again, over the
 * payload that was shown, and the key against the event that says whose it is.
 */
export async function checkFreshAuthentication(events: ReadEvent[], findings: Findings): Promise<void> {
  const requests = new Map<string, Payload>()
  const demands = new Map<string, unknown>()
  const registered: { actor: string; payload: Payload }[] = []
  let proofs = 0
  for (const event of events) {
    const { kind, payload, actor, tenant } = event.body
    const decisionId = String(payload.decision_id)
    const report: Report = (expected, actual, message) =>
      recordFault(findings, 'fresh-authentication', event.place, {
        expected,
        actual,
        message: `${nameEvent(event.place)}: ${message}`,
      })
    switch (kind) {
      case 'passkey_registered':
        registered.push({ actor, payload })
        break
      case 'decision_recorded': {
        const terms = payload.approval as Payload | null | undefined
        demands.set(decisionId, terms?.require_fresh_authentication)
        break
      }
      case 'approval_requested': {
        requests.set(decisionId, payload)
        const asked = demands.get(decisionId)
        if (asked !== undefined && !isAsStrong(payload.require_fresh_authentication, asked)) {
          report(
            String(asked),
            sayMethod(payload.require_fresh_authentication),
            'it asks for less than was decided',
          )
        }
        break
      }
      case 'approval_vote_cast':
      case 'approval_resolved': {
        if (kind === 'approval_resolved' && payload.status !== 'approved') break
        const request = requests.get(decisionId)
        const wanted = request?.require_fresh_authentication
        if (wanted === undefined && payload.fresh_authentication === undefined) break
        const record = FreshAuthenticationRecord.safeParse(payload.fresh_authentication)
        const given = record.success ? record.data : undefined
        if (!given || !isAsStrong(given.method, wanted ?? 'password')) {
          report(
            String(wanted ?? 'a proof'),
            sayMethod(given?.method),
            'it was approved without the proof that was asked for',
          )
        }
        if (!given) break
        proofs += 1
        if (given.method === 'password') break
        const payloadSha256 = String(request?.payload_sha256 ?? payload.payload_sha256)
        const challenge = approvalChallenge({ tenant, decisionId, payloadSha256 })
        const unchecked = await checkPasskey(given, challenge, report)
        if (unchecked) recordNote(findings, `${nameEvent(event.place)}: ${unchecked}`)
        const unproved = checkOwner(given, actor, registered, report)
        if (unproved) recordNote(findings, `${nameEvent(event.place)}: ${unproved}`)
      }
    }
  }
  // Where nobody was asked for one and nobody gave one, there was nothing to check.
  if (proofs === 0) return
  const given = countOf(proofs, 'approval')
  recordCheck(findings, 'fresh-authentication', `${given} with a proof of who gave it`)
}

const isAsStrong = (given: unknown, wanted: unknown) => given === 'passkey' || given === wanted
const sayMethod = (method: unknown) => (typeof method === 'string' ? method : 'none')

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

/** The key against the registration before it. Without one in the bundle nothing says whose the key is. */
function checkOwner(
  { credential_id, public_key }: PasskeyRecord,
  actor: string,
  registered: { actor: string; payload: Payload }[],
  report: Report,
): string | undefined {
  const known = registered.filter(({ payload }) => payload.credential_id === credential_id)
  if (known.length === 0) return `key not proved to be ${actor}'s: the bundle does not hold its registration`
  const own = known.some(({ payload, ...by }) => by.actor === actor && payload.public_key === public_key)
  if (!own) {
    const owners = known.map((each) => each.actor).join(', ')
    report(
      `the passkey that ${actor} registered`,
      `one of ${owners}`,
      'its passkey is not the one that was registered',
    )
  }
  return undefined
}
