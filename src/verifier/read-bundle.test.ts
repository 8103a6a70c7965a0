import fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'
import { formatBundle } from './build-bundle.ts'
import type { BundleLine } from './schema.ts'
import { createTestSigner, exportTestLog, logEvents } from './test-bundle.ts'
import { verifyBundle } from './verify-bundle.ts'

let lines: BundleLine[]
let text: string

beforeAll(async () => {
  const signer = await createTestSigner('countersign.local/default')
  const log = logEvents(
    'default',
    [1, 2, 3].map((n) => ({ run: 'run_1', kind: 'receipt_recorded', payload: { n } })),
  )
  lines = await exportTestLog(log, { signer, scope: { run_id: 'run_1' } })
  text = formatBundle(lines)
  expect((await verifyBundle(text)).verdict).toBe('consistent-signer-unknown')
})

const extended = (line: number, json: string) =>
  text
    .split('\n')
    .with(line - 1, json)
    .join('\n')

test.each([
  ['nothing', () => '', 1],
  ['an empty line', () => `\n${text}`, 1],
  ['no JSON', () => extended(3, '{'), 3],
  ['no object', () => extended(2, '[]'), 2],
  ['null', () => extended(2, 'null'), 2],
  ['an unknown type', () => extended(2, '{"type":"receipt"}'), 2],
  ['a type named like a member of Object.prototype', () => extended(2, '{"type":"__proto__"}'), 2],
  ['an unknown member', () => extended(1, JSON.stringify({ ...lines[0], more: 1 })), 1],
  ['a member __proto__', () => text.replace('{"type":"manifest"', '{"__proto__":{},"type":"manifest"'), 1],
  ['another format', () => text.replace('countersign.bundle.v1', 'countersign.bundle.v2'), 1],
  ['a fraction for a seq', () => text.replace('"seq":2', '"seq":2.5'), 3],
  ['a number too large to count', () => text.replace('"leaf":1', '"leaf":9007199254740993'), 3],
  ['base64 that is none', () => text.replace('"proof":["', '"proof":["!'), 2],
  ['a byte order mark', () => `\ufeff${text}`, 1],
  ['no manifest', () => formatBundle(lines.slice(1)), 1],
  ['two manifests', () => formatBundle([lines[0]!, ...lines]), 2],
  ['two checkpoints', () => formatBundle(lines.toSpliced(5, 0, lines[4]!)), 6],
  ['an event after the checkpoint', () => formatBundle(lines.toSpliced(5, 0, lines[1]!)), 6],
  ['no checkpoint', () => formatBundle(lines.filter(({ type }) => type !== 'checkpoint')), 7],
  ['no statement', () => formatBundle(lines.slice(0, -1)), 7],
  ['something after the statement', () => `${text}{"type":"key","vkey":"k"}\n`, 8],
])('a bundle with %s is broken, and the line is named', async (_what, make, line) => {
  const report = await verifyBundle(make())
  expect(report.firstFault).toMatchObject({ check: 'lines', line })
  expect(report.verdict).toBe('broken')
  expect(report.checks).toHaveLength(1)
})

test('whatever the text is, the answer is a report', async () => {
  const deep = `${'['.repeat(200_000)}${']'.repeat(200_000)}`
  const canon = `{"payload":${deep.replaceAll('[', '{"a":').replaceAll(']', '}').replace(':}', ':1}')}}`
  const hostile = [
    deep,
    `{"type":${deep}}`,
    extended(2, JSON.stringify({ ...lines[1], canon })),
    extended(2, JSON.stringify({ ...lines[1], canon: deep })),
    text.replace('"run_id":"run_1"', `"run_id":"${'x'.repeat(5_000_000)}"`),
    '\n'.repeat(1_000_000),
    `${text.split('\n')[0]}\n${`${text.split('\n')[1]}\n`.repeat(20_000)}`,
    extended(1, JSON.stringify({ ...lines[0], tenant: '\ud800' })),
    extended(2, JSON.stringify({ ...lines[1], run_id: '\ud800' })),
    extended(5, '{"type":"checkpoint","note":"\\ud800\\n"}'),
    text.replaceAll('run_1', '\\u0000'),
  ]
  for (const ndjson of hostile) {
    const report = await verifyBundle(ndjson, { trustedKeys: ['k'], earlierCheckpoint: '\ud800' })
    expect(report.verdict).toBe('broken')
    expect(JSON.stringify(report).length).toBeLessThan(25_000_000)
    expect(report.firstFault?.message.length).toBeLessThan(400)
  }
}, 60_000)

test('no single changed character is accepted', async () => {
  const place = fc.nat(text.length - 1)
  const character = fc.constantFrom('0', '1', 'a', 'A', '"', ' ', '\\', '}', '\n', 'é')
  await fc.assert(
    fc.asyncProperty(place, character, async (at, other) => {
      fc.pre(text[at] !== other)
      const changed = text.slice(0, at) + other + text.slice(at + 1)
      // Of the first line only what nothing proves may change: when it was exported. White space at an end is no content.
      if (/"exported_at":"[^"]*$/.test(text.slice(0, at)) || changed.trimEnd() === text.trimEnd()) return
      expect((await verifyBundle(changed)).verdict).toBe('broken')
    }),
    { numRuns: 1_500 },
  )
})

test('arbitrary JSON lines never make it throw', async () => {
  const line = fc.oneof(
    fc.json(),
    fc.constantFrom(...lines.map((value) => JSON.stringify(value))),
    fc
      .record({ type: fc.constantFrom('manifest', 'event', 'key', 'statement'), note: fc.string() })
      .map((value) => JSON.stringify(value)),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(line, { maxLength: 12 }), async (chosen) => {
      const report = await verifyBundle(chosen.join('\n'))
      expect(['broken', 'consistent-signer-unknown']).toContain(report.verdict)
    }),
    { numRuns: 500 },
  )
})
