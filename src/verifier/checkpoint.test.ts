import { utf8ToBytes } from '@noble/hashes/utils.js'
import { expect, test } from 'vitest'
import { encodeBase64 } from './base64.ts'
import { formatCheckpoint, formatOrigin, originNamesTenant, parseCheckpoint } from './checkpoint.ts'
import { leafHash } from './merkle.ts'
import { NoteError, parseNote, parseVerifierKey, verifyNote } from './signed-note.ts'

test('the example of C2SP tlog-checkpoint is read and written back', () => {
  const note = parseNote(
    'example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n' +
      '— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n',
  )
  const checkpoint = parseCheckpoint(note.text)
  expect(checkpoint).toMatchObject({
    origin: 'example.com/behind-the-sofa',
    size: 20_852_163,
    extensions: [],
  })
  expect(encodeBase64(checkpoint.root)).toBe('CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=')
  expect(formatCheckpoint(checkpoint)).toBe(note.text)
})

test("a tree note has the text of Go's tlog package", () => {
  // golang.org/x/mod/sumdb/tlog/note_test.go, TestFormatTree.
  const root = leafHash(utf8ToBytes('hello world'))
  expect(formatCheckpoint({ origin: 'go.sum database tree', size: 123_456_789_012, root })).toBe(
    'go.sum database tree\n123456789012\nTszzRgjTG6xce+z2AG31kAXYKBgQVtCSCE40HmuwBb0=\n',
  )
})

test("a checkpoint of Go's checksum database verifies with the key that is built into Go", async () => {
  // The answer of https://sum.golang.org/latest on 2024-09-23; the key is in cmd/go/internal/modfetch/key.go.
  const key = parseVerifierKey('sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8')
  const latest =
    'go.sum database tree\n30055305\nmXfgRcJ0bG0j3CPdKwgGWtUzBUbX67saZGRmFuJGGsM=\n\n' +
    '— sum.golang.org Az3grpgEild5qw7+5dtV13Kf1C2Xurm8q4fhdxvcsDHnqNTaxL2AFjBY+2TyGKevucFcAAlWFJJYle3EJlDCrQ+y3A8=\n'
  expect(await verifyNote(parseNote(latest), key)).toBe('verified')
  expect(parseCheckpoint(parseNote(latest).text)).toMatchObject({ size: 30_055_305 })
  const grown = parseNote(latest.replace('30055305', '30055306'))
  expect(await verifyNote(grown, key)).toBe('wrong-signature')
})

const ROOT = 'CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I='

test('extension lines are kept', () => {
  const text = `log\n0\n${ROOT}\nfirst\nsecond\n`
  expect(parseCheckpoint(text)).toMatchObject({ size: 0, extensions: ['first', 'second'] })
  expect(formatCheckpoint(parseCheckpoint(text))).toBe(text)
})

test.each([
  ['too few lines', 'log\n12\n'],
  ['an empty origin', `\n12\n${ROOT}\n`],
  ['no final newline', `log\n12\n${ROOT}`],
  ['an empty extension line', `log\n12\n${ROOT}\n\n`],
  ['a size that is no number', `log\nbananas\n${ROOT}\n`],
  ['a negative size', `log\n-34\n${ROOT}\n`],
  ['a leading zero', `log\n012\n${ROOT}\n`],
  ['a plus sign', `log\n+12\n${ROOT}\n`],
  ['an exponent', `log\n1e3\n${ROOT}\n`],
  ['a size beyond 2^53', `log\n9007199254740992\n${ROOT}\n`],
  ['a root that is no base64', "log\n12\nThisIsn'tBase64\n"],
  ['a root of seven bytes', 'log\n12\nYmFuYW5hcw==\n'],
])('a checkpoint with %s is refused', (_fault, text) => {
  expect(() => parseCheckpoint(text)).toThrow(NoteError)
})

test('what would not parse again is not written', () => {
  expect(() => formatCheckpoint({ origin: 'a\nb', size: 1, root: new Uint8Array(32) })).toThrow(NoteError)
  expect(() => formatCheckpoint({ origin: 'log', size: -1, root: new Uint8Array(32) })).toThrow(NoteError)
  expect(() => formatCheckpoint({ origin: 'log', size: 1, root: new Uint8Array(31) })).toThrow(NoteError)
})

test('the name of a log ends in its tenant and in no other', () => {
  expect(formatOrigin('countersign.local', 'default')).toBe('countersign.local/default')
  for (const tenant of ['default', 'a b', 'a+b', 'a/b', 'größe']) {
    const origin = formatOrigin('countersign.local', tenant)
    expect(originNamesTenant(origin, tenant)).toBe(true)
    expect(parseVerifierKeyName(origin)).toBe(origin)
  }
  expect(originNamesTenant('countersign.local/not-default', 'default')).toBe(false)
  expect(originNamesTenant('default', 'default')).toBe(false)
  expect(originNamesTenant('countersign.local/a/b', 'b')).toBe(true)
  expect(originNamesTenant(formatOrigin('countersign.local', 'a/b'), 'b')).toBe(false)
  expect(originNamesTenant('countersign.local/x', '\ud800')).toBe(false)
})

/** The name as a signature line would carry it. */
function parseVerifierKeyName(name: string): string | undefined {
  return parseNote(`text\n\n— ${name} AAAAAAA=\n`).signatures[0]?.name
}
