import { encodeBase64Url } from './base64.ts'

/** What of a COSE_Key (RFC 9052 §7) is read: labels and values that are integers, or bytes. */
type CoseKey = Map<number, number | Uint8Array>

/** Enough of CBOR (RFC 8949) for a COSE_Key: one map of integers to integers and byte strings, and nothing after it. */
function readCoseKey(encoded: Uint8Array): CoseKey | undefined {
  let at = 0
  const take = (count: number) => {
    if (at + count > encoded.length) throw new RangeError('the key ends too early')
    at += count
    return encoded.subarray(at - count, at)
  }
  const readHead = (): [major: number, value: number] => {
    const first = take(1)[0]!
    const [major, short] = [first >> 5, first & 0x1f]
    if (short < 24) return [major, short]
    if (short > 26) throw new RangeError('a length of a form that no key has')
    return [major, take(1 << (short - 24)).reduce((value, byte) => value * 256 + byte, 0)]
  }
  const readItem = (): number | Uint8Array => {
    const [major, value] = readHead()
    if (major === 0) return value
    if (major === 1) return -1 - value
    if (major === 2) return take(value).slice()
    throw new RangeError(`an item of type ${major}, which no key has`)
  }
  try {
    const [major, count] = readHead()
    if (major !== 5) return undefined
    const key: CoseKey = new Map()
    for (let entry = 0; entry < count; entry += 1) {
      const label = readItem()
      if (typeof label !== 'number' || key.has(label)) return undefined
      key.set(label, readItem())
    }
    return at === encoded.length ? key : undefined
  } catch {
    return undefined
  }
}

const KEY_TYPE = 1
const ALGORITHM = 3
const [ES256, EDDSA, RS256] = [-7, -8, -257]

/** Whether a key made a signature. `unknown-algorithm` says neither: the key is of a kind that is not read here. */
export type CoseVerdict = 'valid' | 'invalid' | 'unknown-algorithm'

export async function verifyCoseSignature(
  encodedKey: Uint8Array,
  signature: Uint8Array,
  message: Uint8Array,
): Promise<CoseVerdict> {
  const key = readCoseKey(encodedKey)
  if (key === undefined) return 'invalid'
  const verify = verifierOf(key)
  if (verify === undefined) return 'unknown-algorithm'
  try {
    return (await verify(signature, message.slice())) ? 'valid' : 'invalid'
  } catch (error) {
    // Some engines lack an algorithm; of a malformed key or signature nothing verifies.
    return (error as Error).name === 'NotSupportedError' ? 'unknown-algorithm' : 'invalid'
  }
}

type Verify = (signature: Uint8Array, message: Uint8Array<ArrayBuffer>) => Promise<boolean>

function verifierOf(key: CoseKey): Verify | undefined {
  const part = (label: number) => {
    const value = key.get(label)
    return value instanceof Uint8Array ? value : new Uint8Array()
  }
  const is = (type: number, algorithm: number, curve?: number) =>
    key.get(KEY_TYPE) === type &&
    key.get(ALGORITHM) === algorithm &&
    (curve === undefined || key.get(-1) === curve)
  const { subtle } = globalThis.crypto
  if (is(2, ES256!, 1)) {
    return async (signature, message) => {
      const raw = rawSignatureOf(signature)
      const point = Uint8Array.of(0x04, ...part(-2), ...part(-3))
      const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
      const imported = await subtle.importKey('raw', point, algorithm, false, ['verify'])
      return raw !== undefined && subtle.verify(algorithm, imported, raw, message)
    }
  }
  if (is(1, EDDSA!, 6)) {
    return async (signature, message) => {
      const imported = await subtle.importKey('raw', part(-2).slice(), 'Ed25519', false, ['verify'])
      return subtle.verify('Ed25519', imported, signature.slice(), message)
    }
  }
  if (is(3, RS256!)) {
    return async (signature, message) => {
      const algorithm = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }
      const jwk = { kty: 'RSA', n: encodeBase64Url(part(-1)), e: encodeBase64Url(part(-2)) }
      const imported = await subtle.importKey('jwk', jwk, algorithm, false, ['verify'])
      return subtle.verify(algorithm, imported, signature.slice(), message)
    }
  }
  return undefined
}

/** WebAuthn writes an ECDSA signature as the DER of its two numbers, WebCrypto as 32 bytes of each. */
function rawSignatureOf(der: Uint8Array): Uint8Array<ArrayBuffer> | undefined {
  const raw = new Uint8Array(64)
  if (der[0] !== 0x30 || der[1] !== der.length - 2) return undefined
  let at = 2
  for (const end of [32, 64]) {
    const length = der[at + 1] ?? 0
    const number = der.subarray(at + 2, at + 2 + length)
    // Shortest form, positive: one way to write a number, so that nothing can be changed unnoticed.
    const padded = number[0] === 0 && (number[1] ?? 0) >= 0x80
    const isShortest =
      length > 0 && number.length === length && number[0]! < 0x80 && (number[0] !== 0 || padded)
    const digits = padded ? number.subarray(1) : number
    if (der[at] !== 0x02 || !isShortest || digits.length > 32) return undefined
    raw.set(digits, end - digits.length)
    at += 2 + length
  }
  return at === der.length ? raw : undefined
}
