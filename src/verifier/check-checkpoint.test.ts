import { beforeAll, describe, expect, test } from 'vitest'
import type { BundleLine } from './schema.ts'
import {
  createTestSigner,
  logEvents,
  signTestCheckpoint,
  type TestLog,
  type TestSigner,
} from './test-bundle.ts'
import {
  expectBroken,
  exportPurchase,
  flipBase64,
  NOTE,
  POLICIES,
  recordPurchase,
  STORY,
  verifyLines,
} from './test-purchase.ts'

let signer: TestSigner
let log: TestLog
let lines: BundleLine[]

beforeAll(async () => {
  ;({ signer, log, lines } = await recordPurchase())
})

describe('a bundle signed by somebody else is refused', () => {
  test('another key than the trusted one, which is named', async () => {
    const other = await createTestSigner('countersign.local/default')
    const forged = await exportPurchase(log, { signer: other, policySets: [POLICIES] })
    expect(await verifyLines(forged)).toMatchObject({
      verdict: 'consistent-signer-unknown',
      signer: other.vkey,
    })
    expectBroken(await verifyLines(forged, { trustedKeys: [signer.vkey] }), {
      check: 'checkpoint-signature',
      expected: signer.vkey,
      actual: other.vkey,
      message: `the checkpoint is not signed by a trusted key: it is signed by ${other.vkey}`,
    })
    const earlierCheckpoint = await signTestCheckpoint(log, signer, 14)
    expectBroken(await verifyLines(forged, { earlierCheckpoint }), { check: 'earlier-checkpoint' })
  })

  test('no key in the bundle', async () => {
    const without = lines.filter(({ type }) => type !== 'key')
    expectBroken(await verifyLines(without), {
      check: 'checkpoint-signature',
      expected: 'a key in the bundle',
    })
    expect(await verifyLines(without, { trustedKeys: [signer.vkey] })).toMatchObject({ verdict: 'verified' })
  })

  test('a trusted key that is none', async () => {
    const report = await verifyLines(lines, { trustedKeys: ['my key'] })
    expectBroken(report, { check: 'checkpoint-signature', actual: 'my key' })
  })

  test('a statement of another key, checkpoint, tenant or end', async () => {
    const other = await createTestSigner('countersign.local/default')
    const foreign = (await exportPurchase(log, { signer: other })).at(-1)!
    expectBroken(await verifyLines([...lines.slice(0, -1), foreign]), {
      check: 'statement',
      expected: signer.vkey,
    })
    const older = (await exportPurchase(log, { signer, size: 13 })).at(-1)!
    expectBroken(await verifyLines([...lines.slice(0, -1), older]), {
      check: 'statement',
      message: 'the signed statement belongs to another checkpoint',
    })
    const elsewhere = (await exportPurchase(logEvents('acme', STORY), { signer })).at(-1)!
    expectBroken(await verifyLines([...lines.slice(0, -1), elsewhere]), {
      check: 'statement',
      actual: 'acme',
    })
    const checkpoint = lines.find(({ type }) => type === 'checkpoint') as { note: string }
    const note = { type: 'statement', note: checkpoint.note } as const
    expectBroken(await verifyLines([...lines.slice(0, -1), note]), { check: 'statement' })
  })

  test('events of another tenant', async () => {
    const acme = await exportPurchase(logEvents('acme', STORY), { signer, policySets: [POLICIES] })
    expectBroken(await verifyLines(acme), { check: 'origin', expected: 'a log whose name ends in /acme' })
    const renamed = acme.map((line) => (line.type === 'manifest' ? { ...line, tenant: 'default' } : line))
    expectBroken(await verifyLines(renamed), { seq: 1, check: 'sequence' })
  })

  test('a key named differently from the log', async () => {
    const other = await createTestSigner('countersign.local/acme')
    const signed = await exportPurchase(log, { signer: { ...other, name: 'countersign.local/default' } })
    const report = await verifyLines(signed)
    expectBroken(report, { check: 'checkpoint-signature' })
  })
})

describe('an earlier checkpoint', () => {
  const rewritten = () => logEvents('default', [{ ...NOTE, actor: 'someone' }, ...STORY.slice(1)])

  test('of the same size must have the same root', async () => {
    const earlierCheckpoint = await signTestCheckpoint(rewritten(), signer)
    expectBroken(await verifyLines(lines, { earlierCheckpoint }), {
      check: 'earlier-checkpoint',
      message:
        'the log was rewritten: the earlier checkpoint has 14 events, this one 14, but their roots differ',
    })
  })

  test('of a smaller size needs a consistency proof, and the right one', async () => {
    const earlierCheckpoint = await signTestCheckpoint(rewritten(), signer, 6)
    expectBroken(await verifyLines(lines, { earlierCheckpoint }), {
      check: 'earlier-checkpoint',
      expected: 'a consistency proof from size 6',
      actual: 'none',
    })
    const bundle = await exportPurchase(log, { signer, policySets: [POLICIES], consistencyFrom: [6] })
    expectBroken(await verifyLines(bundle, { earlierCheckpoint }), { line: 14, check: 'earlier-checkpoint' })
    const honest = await signTestCheckpoint(log, signer, 6)
    const spoiled = bundle.map((line) =>
      line.type === 'consistency' ? { ...line, proof: line.proof.with(0, flipBase64(line.proof[0]!)) } : line,
    )
    expectBroken(await verifyLines(spoiled, { earlierCheckpoint: honest }), {
      line: 14,
      check: 'earlier-checkpoint',
    })
  })

  test('of another log or of no form is refused', async () => {
    const acme = await createTestSigner('countersign.local/acme')
    const other = await signTestCheckpoint(log, acme, 5)
    expectBroken(await verifyLines(lines, { earlierCheckpoint: other }), { check: 'earlier-checkpoint' })
    const trustedKeys = [signer.vkey, acme.vkey]
    expectBroken(await verifyLines(lines, { trustedKeys, earlierCheckpoint: other }), {
      check: 'earlier-checkpoint',
      message: 'the earlier checkpoint is of another log',
    })
    expectBroken(await verifyLines(lines, { earlierCheckpoint: 'yesterday' }), {
      check: 'earlier-checkpoint',
    })
  })

  test('of a retired key counts when the reader trusts that key too', async () => {
    const retired = await createTestSigner('countersign.local/default')
    const earlierCheckpoint = await signTestCheckpoint(log, retired, 14)
    const trustedKeys = [signer.vkey, retired.vkey]
    expect(await verifyLines(lines, { trustedKeys, earlierCheckpoint })).toMatchObject({
      verdict: 'verified',
    })
    expectBroken(await verifyLines(lines, { trustedKeys: [signer.vkey], earlierCheckpoint }), {
      check: 'earlier-checkpoint',
    })
  })
})
