import { createPrivateKey, sign as signEd25519 } from 'node:crypto'
import { concatBytes, hexToBytes } from '@noble/hashes/utils.js'
import { expect, onTestFinished, test, vi } from 'vitest'
import { decodeBase64, encodeBase64 } from './base64.ts'
import {
  Ed25519UnavailableError,
  formatNote,
  formatVerifierKey,
  NoteError,
  parseNote,
  parseVerifierKey,
  signNote,
  verifyNote,
} from './signed-note.ts'

// golang.org/x/mod/sumdb/note: note.go and note_test.go.
const PETER_SEED = 'AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz'
const PETER_KEY = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW'
const ENOCH_KEY = 'EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop'
const TEXT =
  "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
const PETER_LINE =
  '— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n'
const ENOCH_LINE =
  '— EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ=\n'

const peter = parseVerifierKey(PETER_KEY)
const enoch = parseVerifierKey(ENOCH_KEY)

/** Signs as Go's note package does, with a 32-byte seed. */
function signWithSeed(seed: Uint8Array) {
  // PKCS #8 wrapping of an Ed25519 seed (RFC 8410 §7).
  const der = concatBytes(hexToBytes('302e020100300506032b657004220420'), seed)
  const key = createPrivateKey({ key: Buffer.from(der), format: 'der', type: 'pkcs8' })
  return (bytes: Uint8Array) => new Uint8Array(signEd25519(null, bytes, key))
}

test("Go's example key is read and written back", () => {
  expect(peter).toMatchObject({ name: 'PeterNeumann', keyId: 'c74f20a3' })
  expect(formatVerifierKey(peter.name, peter.publicKey)).toBe(PETER_KEY)
})

test('no mangled verifier key is accepted', () => {
  const mangled: string[] = []
  for (let begin = 0; begin <= PETER_KEY.length; begin += 1) {
    for (let end = begin + 1; end <= PETER_KEY.length; end += 1) mangled.push(PETER_KEY.slice(begin, end))
  }
  for (let at = 0; at < PETER_KEY.length; at += 1) {
    const next = String.fromCharCode(PETER_KEY.charCodeAt(at) + 1)
    mangled.push(PETER_KEY.slice(0, at) + next + PETER_KEY.slice(at + 1))
  }
  // A key of the wrong length and one of an unknown type, both with a fitting id.
  mangled.push('PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==')
  mangled.push('PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW')
  mangled.push('', '+', '++', `${PETER_KEY}\n`, ` ${PETER_KEY}`, PETER_KEY.replace('c74f', 'C74F'))
  for (const text of mangled.filter((other) => other !== PETER_KEY)) {
    expect(() => parseVerifierKey(text), text).toThrow(NoteError)
  }
})

test("signing with Go's example key gives Go's example note", async () => {
  const sign = signWithSeed(decodeBase64(PETER_SEED)!.slice(1))
  const note = await signNote(TEXT, peter.name, sign, peter.keyId)
  expect(note).toBe(`${TEXT}\n${PETER_LINE}`)
  expect(await verifyNote(parseNote(note), peter)).toBe('verified')
})

test('each known key is checked, signatures of others are ignored', async () => {
  const both = parseNote(`${TEXT}\n${PETER_LINE}${ENOCH_LINE}`)
  expect(await verifyNote(both, peter)).toBe('verified')
  expect(await verifyNote(both, enoch)).toBe('verified')
  expect(formatNote(both)).toBe(`${TEXT}\n${PETER_LINE}${ENOCH_LINE}`)

  const one = parseNote(`${TEXT}\n${PETER_LINE}`)
  expect(await verifyNote(one, enoch)).toBe('not-signed')
  // The same id under another name is another key, and so is another id under the same name.
  const renamed = parseNote(`${TEXT}\n${PETER_LINE.replace('PeterNeumann', 'CarmenSandiego')}`)
  expect(await verifyNote(renamed, peter)).toBe('not-signed')
  const otherId = parseNote(`${TEXT}\n${PETER_LINE.replace('x08g', 'xxxx')}`)
  expect(await verifyNote(otherId, peter)).toBe('not-signed')
})

test('a changed text or signature is wrong, also beside a right one', async () => {
  const changedText = parseNote(`${TEXT.replace('answer', 'Answer')}\n${PETER_LINE}`)
  expect(await verifyNote(changedText, peter)).toBe('wrong-signature')
  const changedLine = PETER_LINE.replace('SffcvIAQ', 'SffcvIAR')
  expect(await verifyNote(parseNote(`${TEXT}\n${changedLine}`), peter)).toBe('wrong-signature')
  expect(await verifyNote(parseNote(`${TEXT}\n${PETER_LINE}${changedLine}`), peter)).toBe('wrong-signature')
  const short = `— PeterNeumann ${encodeBase64(hexToBytes('c74f20a301'))}\n`
  expect(await verifyNote(parseNote(`${TEXT}\n${short}`), peter)).toBe('wrong-signature')
  const nullKey = { ...peter, publicKey: new Uint8Array(32).fill(255) }
  expect(await verifyNote(parseNote(`${TEXT}\n${PETER_LINE}`), nullKey)).toBe('wrong-signature')
})

test('the examples of the C2SP specification parse, and the one with a key verifies', async () => {
  // c2sp.org/signed-note: the example note, and the example verifier key with its note.
  const poem =
    'Ognuno sta solo sul cuor della terra\ntrafitto da un raggio di sole:\n\ned è subito sera.\n\n' +
    '— quasimodo.example/salvatore NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKONrMouFSQU0xMcXxj99ihAQwaqP3ZekRwNtIc=\n'
  const parsed = parseNote(poem)
  expect(parsed.text.endsWith('\n\ned è subito sera.\n')).toBe(true)
  expect(parsed.signatures).toMatchObject([{ name: 'quasimodo.example/salvatore', keyId: '367ba04b' }])
  expect(formatNote(parsed)).toBe(poem)

  const foo = parseVerifierKey('example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k')
  const message =
    'This is an example message.\n\n' +
    '— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n'
  expect(await verifyNote(parseNote(message), foo)).toBe('verified')
})

test.each([
  ['no signature block', TEXT],
  ['an empty signature block', `${TEXT}\n`],
  ['no final newline', `${TEXT}\n${PETER_LINE.slice(0, -1)}`],
  ['a control character', `\u0001${TEXT}\n${PETER_LINE}`],
  ['a tab', `${TEXT}a\tb\n\n${PETER_LINE}`],
  ['a carriage return', `${TEXT}\n${PETER_LINE.replace('\n', '\r\n')}`],
  ['a lone surrogate', `\ud800${TEXT}\n${PETER_LINE}`],
  ['a space in the name', `${TEXT}\n${PETER_LINE.replace('PeterNeumann', 'Peter Neumann')}`],
  ['a Unicode space in the name', `${TEXT}\n${PETER_LINE.replace('PeterNeumann', 'Peter\u2003Neumann')}`],
  ['a plus in the name', `${TEXT}\n${PETER_LINE.replace('PeterNeumann', 'Peter+Neumann')}`],
  ['a hyphen for the dash', `${TEXT}\n${PETER_LINE.replace('—', '-')}`],
  ['a line that is no signature', `${TEXT}\n${PETER_LINE}Unexpected line.\n`],
  ['base64 without padding', `${TEXT}\n${PETER_LINE.replace('=', '')}`],
  ['base64 with stray bits', `${TEXT}\n${PETER_LINE.replace('JnAM=', 'JnAN=')}`],
  ['white space in base64', `${TEXT}\n${PETER_LINE.replace('SffcvIAQ', 'Sffc vIAQ')}`],
  ['a signature of no byte', `${TEXT}\n— PeterNeumann x08gow==\n`],
  ['101 signatures', `${TEXT}\n${PETER_LINE.repeat(101)}`],
  ['two million characters', `${'a'.repeat(2_000_000)}\n\n${PETER_LINE}`],
  ['nothing', ''],
])('a note with %s is refused', (_fault, note) => {
  expect(() => parseNote(note)).toThrow(NoteError)
})

test('nothing that would not parse again is signed', async () => {
  const sign = () => new Uint8Array(64)
  await expect(signNote('no newline', 'log', sign, '00000000')).rejects.toThrow(NoteError)
  await expect(signNote('a\u0000\n', 'log', sign, '00000000')).rejects.toThrow(NoteError)
  await expect(signNote('a\n', 'a log', sign, '00000000')).rejects.toThrow(NoteError)
  await expect(signNote('a\n', 'log', sign, '0000')).rejects.toThrow(NoteError)
  expect(() => formatVerifierKey('a+b', new Uint8Array(32))).toThrow(NoteError)
  expect(() => formatVerifierKey('log', new Uint8Array(31))).toThrow(NoteError)
})

test('an environment without Ed25519 is told apart from a wrong signature', async () => {
  onTestFinished(() => void vi.unstubAllGlobals())
  const note = parseNote(`${TEXT}\n${PETER_LINE}`)
  vi.stubGlobal('crypto', {})
  await expect(verifyNote(note, peter)).rejects.toThrow(Ed25519UnavailableError)
  const importKey = () => Promise.reject(new DOMException('Ed25519', 'NotSupportedError'))
  vi.stubGlobal('crypto', { subtle: { importKey } })
  await expect(verifyNote(note, peter)).rejects.toThrow('open the page over https or on localhost')
})
