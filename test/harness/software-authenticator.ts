import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'

const UP = 0x01
const UV = 0x04
const ATTESTED = 0x40

type Signing = {
  challenge: string
  origin: string
  /** The name that the signature is for; the host of the origin where it is left out. */
  relyingPartyId?: string
  /** False: somebody was there, but nobody knows who. */
  userVerified?: boolean
  /** What the counter says; one more than before where it is left out. */
  counter?: number
  type?: 'webauthn.get' | 'webauthn.create'
}

export type SoftwareAuthenticator = ReturnType<typeof createAuthenticator>

/** A passkey in this process: the bytes that an authenticator and a browser make (WebAuthn §6.1, §5.8.1). */
export function createAuthenticator(algorithm: 'ES256' | 'EdDSA' | 'RS256' = 'ES256') {
  const { publicKey, privateKey } = generateKey(algorithm)
  const id = randomBytes(32)
  const key = coseKeyOf(publicKey)
  let used = 0
  const authenticatorData = (request: Signing, flags: number, attested = Buffer.alloc(0)) => {
    const { origin, relyingPartyId = new URL(origin).hostname, userVerified = true } = request
    used = request.counter ?? used + 1
    const head = Buffer.alloc(5)
    head.writeUInt8(flags | UP | (userVerified ? UV : 0))
    head.writeUInt32BE(used, 1)
    return Buffer.concat([sha256(relyingPartyId), head, attested])
  }
  const clientData = ({ challenge, origin, type }: Signing, otherwise: Signing['type']) =>
    Buffer.from(JSON.stringify({ type: type ?? otherwise, challenge, origin, crossOrigin: false }))
  const credential = <R>(response: R) => ({
    id: text(id),
    rawId: text(id),
    type: 'public-key' as const,
    clientExtensionResults: {},
    response,
  })

  return {
    credentialId: text(id),
    publicKey: text(key),

    /** What navigator.credentials.create answers, with no attestation. */
    register(request: Signing) {
      const attested = Buffer.concat([Buffer.alloc(16), Buffer.from([0, id.length]), id, key])
      const attestation = map([
        [string('fmt'), string('none')],
        [string('attStmt'), map([])],
        [string('authData'), bytes(authenticatorData(request, ATTESTED, attested))],
      ])
      return credential({
        clientDataJSON: text(clientData(request, 'webauthn.create')),
        attestationObject: text(attestation),
        transports: ['internal'],
      })
    },

    /** What navigator.credentials.get answers. */
    assert(request: Signing) {
      const data = authenticatorData(request, 0)
      const client = clientData(request, 'webauthn.get')
      const signature = sign(
        algorithm === 'EdDSA' ? null : 'sha256',
        Buffer.concat([data, sha256(client)]),
        privateKey,
      )
      return credential({
        clientDataJSON: text(client),
        authenticatorData: text(data),
        signature: text(signature),
      })
    },
  }
}

const text = (buffer: Buffer) => buffer.toString('base64url')
const sha256 = (data: string | Buffer) => createHash('sha256').update(data).digest()

function generateKey(algorithm: 'ES256' | 'EdDSA' | 'RS256') {
  if (algorithm === 'ES256') return generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return algorithm === 'EdDSA'
    ? generateKeyPairSync('ed25519')
    : generateKeyPairSync('rsa', { modulusLength: 2048 })
}

/** Type, algorithm and what makes the key (RFC 9053 §7, RFC 8230). */
function coseKeyOf(publicKey: KeyObject): Buffer {
  const { kty, x = '', y = '', n = '', e = '' } = publicKey.export({ format: 'jwk' })
  const part = (base64url: string) => bytes(Buffer.from(base64url, 'base64url'))
  const members: [number, Buffer][] =
    kty === 'EC'
      ? [
          [1, integer(2)],
          [3, integer(-7)],
          [-1, integer(1)],
          [-2, part(x)],
          [-3, part(y)],
        ]
      : kty === 'OKP'
        ? [
            [1, integer(1)],
            [3, integer(-8)],
            [-1, integer(6)],
            [-2, part(x)],
          ]
        : [
            [1, integer(3)],
            [3, integer(-257)],
            [-1, part(n)],
            [-2, part(e)],
          ]
  return map(members.map(([label, value]) => [integer(label), value]))
}

// As much of CBOR (RFC 8949) as the above needs.
function head(major: number, value: number): Buffer {
  if (value < 24) return Buffer.from([(major << 5) | value])
  return value < 256
    ? Buffer.from([(major << 5) | 24, value])
    : Buffer.from([(major << 5) | 25, value >> 8, value & 0xff])
}
const integer = (value: number) => (value < 0 ? head(1, -1 - value) : head(0, value))
const bytes = (value: Buffer) => Buffer.concat([head(2, value.length), value])
const string = (value: string) => Buffer.concat([head(3, value.length), Buffer.from(value)])
const map = (entries: [Buffer, Buffer][]) => Buffer.concat([head(5, entries.length), ...entries.flat()])
