import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { readOrCreateFile } from '../../lib/read-or-create-file.ts'
import { formatOrigin } from '../../verifier/checkpoint.ts'
import { computeKeyId, formatVerifierKey, signNote } from '../../verifier/signed-note.ts'

/** Signs what a tenant's log states: its checkpoints and its exports (C2SP signed-note, Ed25519). */
export type CheckpointSigner = {
  /** The name of the tenant's log, and of the key that signs for it. */
  origin(tenantId: string): string
  /** `<name>+<id>+<key>`: what an auditor pins. */
  verifierKey(tenantId: string): string
  sign(tenantId: string, text: string): Promise<string>
}

/** The key of a file that only its owner may read; made at first use. */
export function openCheckpointKeyFile(path: string, installation: string): CheckpointSigner {
  const makeKey = () =>
    generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  return makeSigner(createPrivateKey(readOrCreateFile(path, makeKey)), installation)
}

/** A key handed in as base64 of PKCS#8. */
export function readCheckpointKey(base64: string, installation: string): CheckpointSigner {
  try {
    const key = createPrivateKey({ key: Buffer.from(base64, 'base64'), format: 'der', type: 'pkcs8' })
    if (key.asymmetricKeyType === 'ed25519') return makeSigner(key, installation)
  } catch {
    // One message for everything that is not such a key.
  }
  throw new Error(
    'COUNTERSIGN_CHECKPOINT_KEY: expected base64 of an Ed25519 PKCS#8 key, e.g. from: openssl genpkey -algorithm ed25519 -outform DER | base64 -w0',
  )
}

function makeSigner(privateKey: KeyObject, installation: string): CheckpointSigner {
  const publicKey = Buffer.from(createPublicKey(privateKey).export({ format: 'jwk' }).x!, 'base64url')
  const originOf = (tenantId: string) => formatOrigin(installation, tenantId)
  return {
    origin: originOf,
    verifierKey: (tenantId) => formatVerifierKey(originOf(tenantId), publicKey),
    sign(tenantId, text) {
      const name = originOf(tenantId)
      return signNote(text, name, (bytes) => sign(null, bytes, privateKey), computeKeyId(name, publicKey))
    },
  }
}
