import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, concatBytes, hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js'
import { decodeBase64, encodeBase64 } from './base64.ts'

/** Ed25519 in the list of signature types of C2SP signed-note. */
const ED25519_TYPE = 0x01
const PUBLIC_KEY_BYTES = 32
const KEY_ID_BYTES = 4
/** The limit of Go's note package; C2SP asks for at least 16. */
const MAX_SIGNATURES = 100
const MAX_NOTE_CHARACTERS = 1_000_000

const SIGNATURE_LINE = /^— ([^ ]+) ([^ ]+)$/u
const KEY_NAME = /^[^\p{White_Space}+]+$/u
const KEY_ID = /^[0-9a-f]{8}$/
const VERIFIER_KEY = /^([^+]+)\+([0-9a-f]{8})\+(.+)$/u

/** One signature line. `keyId` is eight hex digits; with the name it says which key is meant. */
type NoteSignature = { name: string; keyId: string; signature: Uint8Array }

/** A C2SP signed note, taken apart. The text ends with a newline; nothing is verified by parsing. */
export type SignedNote = { text: string; signatures: NoteSignature[] }

/** An Ed25519 public key with the name it signs under: what a `<name>+<id>+<key>` text says. */
export type VerifierKey = { name: string; keyId: string; publicKey: Uint8Array }

/** Makes an Ed25519 signature over bytes; the private key stays with the caller. */
export type SignBytes = (bytes: Uint8Array) => Promise<Uint8Array> | Uint8Array

/** Why a text is not a signed note, a checkpoint, a statement or a verifier key. */
export class NoteError extends Error {
  override readonly name = 'NoteError'
}

/** The environment, not the note, is at fault: without Ed25519 no verdict is possible. */
export class Ed25519UnavailableError extends Error {
  override readonly name = 'Ed25519UnavailableError'

  constructor() {
    super(
      'expected WebCrypto with Ed25519 to check signatures, found none: open the page over https or on localhost, ' +
        'in a current browser, or run the command-line verifier on Node 22 or later',
    )
  }
}

/** The first four bytes of SHA-256(name, newline, 0x01, public key), as hex (C2SP signed-note, Ed25519 signatures). */
export function computeKeyId(name: string, publicKey: Uint8Array): string {
  const digest = sha256(concatBytes(utf8ToBytes(`${name}\n`), Uint8Array.of(ED25519_TYPE), publicKey))
  return bytesToHex(digest.subarray(0, KEY_ID_BYTES))
}

/** @throws NoteError when the name or the key does not fit. */
export function formatVerifierKey(name: string, publicKey: Uint8Array): string {
  if (!isKeyName(name)) throw new NoteError(`expected a key name without spaces and plus, got '${name}'`)
  if (publicKey.length !== PUBLIC_KEY_BYTES) {
    throw new NoteError(
      `expected an Ed25519 public key of ${PUBLIC_KEY_BYTES} bytes, got ${publicKey.length}`,
    )
  }
  const typed = concatBytes(Uint8Array.of(ED25519_TYPE), publicKey)
  return `${name}+${computeKeyId(name, publicKey)}+${encodeBase64(typed)}`
}

/** @throws NoteError when the text is not an Ed25519 verifier key or its id is not the key's. */
export function parseVerifierKey(text: string): VerifierKey {
  const [, name, keyId, encoded] = VERIFIER_KEY.exec(text) ?? []
  if (name === undefined || keyId === undefined || encoded === undefined || !isKeyName(name)) {
    throw new NoteError('expected a verifier key <name>+<8 hex digits>+<base64>')
  }
  const typed = decodeBase64(encoded)
  if (typed?.length !== 1 + PUBLIC_KEY_BYTES || typed[0] !== ED25519_TYPE) {
    throw new NoteError('expected a verifier key of type Ed25519: base64 of 0x01 and 32 bytes')
  }
  const publicKey = typed.slice(1)
  const actual = computeKeyId(name, publicKey)
  if (actual !== keyId) throw new NoteError(`expected key id ${actual} for this name and key, got ${keyId}`)
  return { name, keyId, publicKey }
}

/** @throws NoteError when the text is not a well-formed signed note. */
export function parseNote(note: string): SignedNote {
  if (note.length > MAX_NOTE_CHARACTERS) {
    throw new NoteError(`expected a note of at most ${MAX_NOTE_CHARACTERS} characters, got ${note.length}`)
  }
  checkCharacters(note)
  // The text may have empty lines of its own: the last one ends it.
  const blank = note.lastIndexOf('\n\n')
  const block = note.slice(blank + 2)
  if (blank < 0 || !block.endsWith('\n')) {
    throw new NoteError('expected a text, an empty line and signature lines, the last one ended by a newline')
  }
  const lines = block.slice(0, -1).split('\n')
  if (lines.length > MAX_SIGNATURES) {
    throw new NoteError(`expected at most ${MAX_SIGNATURES} signatures, got ${lines.length}`)
  }
  return { text: note.slice(0, blank + 1), signatures: lines.map(parseSignatureLine) }
}

/** @throws NoteError when the parts do not make a well-formed note. */
export function formatNote(note: SignedNote): string {
  const lines = note.signatures.map(({ name, keyId, signature }) => {
    if (!KEY_ID.test(keyId)) throw new NoteError(`expected a key id of eight hex digits, got '${keyId}'`)
    return `— ${name} ${encodeBase64(concatBytes(hexToBytes(keyId), signature))}\n`
  })
  const text = `${note.text}\n${lines.join('')}`
  const parsed = parseNote(text)
  if (parsed.text !== note.text) throw new NoteError('expected a text that ends with a newline')
  return text
}

/**
 * Signs a text with one key.
 *
 * @throws NoteError when the text does not end with a newline or the name is not a key name.
 */
export async function signNote(
  text: string,
  keyName: string,
  sign: SignBytes,
  keyId: string,
): Promise<string> {
  const signature = await sign(utf8ToBytes(text))
  return formatNote({ text, signatures: [{ name: keyName, keyId, signature }] })
}

/**
 * Whether the key signed the note. Signatures of other keys are ignored, as C2SP asks; of this key every one must be
 * right.
 */
export async function verifyNote(
  note: SignedNote,
  key: VerifierKey,
): Promise<'verified' | 'not-signed' | 'wrong-signature'> {
  const own = note.signatures.filter(({ name, keyId }) => name === key.name && keyId === key.keyId)
  if (own.length === 0) return 'not-signed'
  const message = utf8ToBytes(note.text)
  for (const { signature } of own) {
    if (!(await verifyEd25519(key.publicKey, signature, message))) return 'wrong-signature'
  }
  return 'verified'
}

function parseSignatureLine(line: string): NoteSignature {
  const [, name, encoded] = SIGNATURE_LINE.exec(line) ?? []
  if (name === undefined || encoded === undefined || !isKeyName(name)) {
    throw new NoteError("expected a signature line '— <key name> <base64>'")
  }
  const bytes = decodeBase64(encoded)
  if (bytes === undefined || bytes.length <= KEY_ID_BYTES) {
    throw new NoteError('expected base64 of a key id and a signature')
  }
  return {
    name,
    keyId: bytesToHex(bytes.subarray(0, KEY_ID_BYTES)),
    signature: bytes.slice(KEY_ID_BYTES),
  }
}

function checkCharacters(text: string): void {
  // A lone surrogate has no UTF-8: encoding would replace it, and two texts would share one signature.
  if (!text.isWellFormed()) throw new NoteError('expected Unicode text, got a lone surrogate')
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at)
    if (unit < 0x20 && unit !== 0x0a) throw new NoteError('expected no control character but newline')
  }
}

async function verifyEd25519(
  publicKey: Uint8Array,
  signature: Uint8Array,
  message: Uint8Array,
): Promise<boolean> {
  const subtle = globalThis.crypto?.subtle
  if (subtle === undefined) throw new Ed25519UnavailableError()
  try {
    const key = await subtle.importKey('raw', publicKey.slice(), { name: 'Ed25519' }, false, ['verify'])
    return await subtle.verify({ name: 'Ed25519' }, key, signature.slice(), message.slice())
  } catch (error) {
    if ((error as Error).name === 'NotSupportedError') throw new Ed25519UnavailableError()
    // Some engines refuse a malformed key or signature by throwing: it verifies nothing either way.
    return false
  }
}

const isKeyName = (name: string) => name.isWellFormed() && KEY_NAME.test(name)
