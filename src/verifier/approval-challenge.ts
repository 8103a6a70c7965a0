import { sha256 } from '@noble/hashes/sha2.js'
import { utf8ToBytes } from '@noble/hashes/utils.js'
import { canonicalJson } from '../lib/canonical-json.ts'
import { encodeBase64Url } from './base64.ts'

/** In front of what is signed, so that a signature made for anything else never counts here. */
const PURPOSE = 'countersign.approval.v1'

export type ApprovedPayload = { tenant: string; decisionId: string; payloadSha256: string }

/**
 * The WebAuthn challenge of an approval, base64url: SHA-256 of the canonical JSON (RFC 8785) that names the tenant, the
 * decision and the hash of the payload. Whoever holds these three can compute it: no server has to be believed.
 *
 * @example
 * approvalChallenge({ tenant: 'default', decisionId: 'dec_1', payloadSha256: '9f86…' })
 * // SHA-256 of {"decision_id":"dec_1","payload_sha256":"9f86…","purpose":"countersign.approval.v1","tenant":"default"}
 */
export function approvalChallenge({ tenant, decisionId, payloadSha256 }: ApprovedPayload): string {
  const signed = { purpose: PURPOSE, tenant, decision_id: decisionId, payload_sha256: payloadSha256 }
  return encodeBase64Url(sha256(utf8ToBytes(canonicalJson(signed))))
}
