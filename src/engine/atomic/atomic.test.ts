import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { canonicalJson, type Json } from '../../lib/canonical-json.ts'
import { sha256 } from '../../lib/hash.ts'
import { event, input, run, step } from './atom.fixture.ts'
import { buildAtom } from './build-atom.ts'
import { chainAtoms, verifyChain } from './chain-atoms.ts'
import { eventToAtom } from './event-to-atom.ts'
import { hashAtom } from './hash-atom.ts'
import { stepToAtom } from './step-to-atom.ts'
import { verifyAtom } from './verify-atom.ts'

type Members = Record<string, Json>

/** Every path to a value inside, members and list items alike. */
function pathsOf(value: Json, path: (string | number)[] = []): (string | number)[][] {
  if (value === null || typeof value !== 'object') return [path]
  const entries: [string | number, Json][] = Array.isArray(value)
    ? [...value.entries()]
    : Object.entries(value)
  return [
    ...(path.length > 0 ? [path] : []),
    ...entries.flatMap(([key, item]) => pathsOf(item, [...path, key])),
  ]
}

function changeAt(value: Json, path: (string | number)[], change: (old: Json) => Json | undefined): Json {
  const copy = structuredClone(value)
  let holder = copy as Members
  for (const key of path.slice(0, -1)) holder = holder[key] as Members
  const last = path.at(-1)!
  const changed = change(holder[last]!)
  if (changed === undefined) delete holder[last]
  else holder[last] = changed
  return copy
}

function reverseMembers(value: Json): Json {
  if (Array.isArray(value)) return value.map(reverseMembers)
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([name, member]) => [name, reverseMembers(member)]),
  )
}

describe('an atom', () => {
  const atom = buildAtom({ ...input, prevHash: 'a'.repeat(64) })

  test('has its type twice, its header and its hash', () => {
    expect(atom).toMatchObject({
      type: 'event.tool_call@1.0.0',
      schema_id: 'event.tool_call@1.0.0',
      meta: {
        header: { who: { role: 'agent' }, did: 'tool_call', this: { id: 'evt_1' }, status: 'APPROVE' },
        trace_id: 'run_1',
        context_id: 'step_1',
        owner_id: 'tenant_1',
        version: '1.0.0',
      },
    })
    expect(atom.meta.header.when).toEqual({
      ts: '2026-01-02T03:04:05.000Z',
      recv_ts: '2026-01-02T03:04:05.000Z',
      commit_ts: '2026-01-02T03:04:05.000Z',
    })
  })

  test('is hashed as anyone would: SHA-256 over the canonical text without hash and signature', () => {
    const { hash, ...rest } = atom
    expect(hash).toBe(sha256(canonicalJson(rest)).toString('hex'))
    expect(verifyAtom(atom)).toEqual({ valid: true })
  })

  test('keeps its hash when the members of all its objects change their order', () => {
    const reordered = reverseMembers(atom as Json)
    expect(Object.keys(reordered as Members)).not.toEqual(Object.keys(atom))
    expect(verifyAtom(reordered)).toEqual({ valid: true })
    expect(buildAtom({ ...input, body: reverseMembers(input.body) }).hash).toBe(buildAtom(input).hash)
  })

  test('survives JSON text', () => {
    expect(verifyAtom(JSON.parse(JSON.stringify(atom)))).toEqual({ valid: true })
  })

  test('is broken by any value that changes and by any that is taken away', () => {
    const paths = pathsOf(atom as Json)
    expect(paths.length).toBeGreaterThan(25)
    for (const path of paths) {
      for (const changed of [
        changeAt(atom as Json, path, (old) =>
          typeof old === 'number' ? old + 1 : `${JSON.stringify(old)} `,
        ),
        changeAt(atom as Json, path, (old) => (old === null ? {} : null)),
        changeAt(atom as Json, path, () => undefined),
      ]) {
        expect(verifyAtom(changed), path.join('.')).toMatchObject({
          valid: false,
          reason: expect.any(String),
        })
      }
    }
  })

  test('is broken by any member that is added', () => {
    expect(verifyAtom({ ...atom, extra: 1 }).valid).toBe(false)
    expect(verifyAtom({ ...atom, meta: { ...atom.meta, extra: 1 } }).valid).toBe(false)
    expect(verifyAtom({ ...atom, body: { ...(atom.body as Members), extra: 1 } }).valid).toBe(false)
  })

  test('may be signed afterwards, because the signature is over the hash', () => {
    expect(verifyAtom({ ...atom, signature: 'ed25519:abc' })).toEqual({ valid: true })
    expect(hashAtom({ ...atom, signature: 'another' })).toBe(atom.hash)
  })

  test('is the same whether a text came composed or decomposed', () => {
    const decomposed = buildAtom({ ...input, body: { 'situac\u0327a\u0303o': 'Joa\u0303o' } })
    expect(decomposed.body).toEqual({ situação: 'João' })
    expect(decomposed.hash).toBe(buildAtom({ ...input, body: { situação: 'João' } }).hash)
  })

  test.each([
    ['NaN', { body: { amount: Number.NaN } }, 'atom.body.amount'],
    ['an infinity', { body: [1, Number.POSITIVE_INFINITY] }, 'atom.body[1]'],
    ['a metric that is not finite', { metrics: { cost: Number.NaN } }, 'atom.meta.metrics.cost'],
    ['a date', { body: { at: new Date(0) as unknown as Json } }, 'atom.body.at'],
    ['a big integer', { body: 1n as unknown as Json }, 'atom.body'],
    ['a hole in a list', { body: new Array(1) as Json }, 'atom.body[0]'],
    ['two spellings of one name', { body: { é: 1, 'e\u0301': 2 } }, 'both named'],
    ['half a character', { body: '\ud800' }, ''],
    ['a type without a version', { kind: undefined, type: 'step.tool' }, 'type'],
    ['a kind that is no name', { kind: 'Tool Call' }, 'type'],
    ['nobody', { who: { id: '', role: 'agent' } }, 'meta.header.who.id'],
  ] as const)('is not built from %s', (_, change, place) => {
    expect(() => buildAtom({ ...input, ...change } as typeof input)).toThrow(TypeError)
    expect(() => buildAtom({ ...input, ...change } as typeof input)).toThrow(place)
  })

  test('holds for any JSON', () => {
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => {
        const built = buildAtom({ ...input, body: value as Json })
        expect(verifyAtom(JSON.parse(JSON.stringify(built)))).toEqual({ valid: true })
      }),
    )
  })

  test('is not found in whatever else is given, and nothing is thrown', () => {
    fc.assert(
      fc.property(fc.anything(), (value) => {
        expect(verifyAtom(value).valid).toBe(false)
      }),
    )
    expect(verifyAtom({ ...atom, type: 'event.other@1.0.0' })).toMatchObject({ reason: /they must agree/ })
    const deep = JSON.parse(`${'['.repeat(50_000)}${']'.repeat(50_000)}`)
    expect(verifyAtom({ ...atom, body: deep }).valid).toBe(false)
  })
})

describe('a chain of atoms', () => {
  const inputs = ['one', 'two', 'three', 'four'].map((thisId) => ({ ...input, thisId }))
  const atoms = chainAtoms(inputs)

  test('holds the hash of the atom before in each but the first', () => {
    expect(atoms[0]).not.toHaveProperty('prev_hash')
    expect(atoms.slice(1).map((atom) => atom.prev_hash)).toEqual(atoms.slice(0, -1).map((atom) => atom.hash))
    expect(verifyChain(atoms)).toEqual({ valid: true, length: 4, head: atoms[3]!.hash })
    expect(verifyChain([])).toEqual({ valid: true, length: 0, head: null })
  })

  test('goes on where another ended', () => {
    const more = chainAtoms(inputs, atoms[3]!.hash)
    expect(verifyChain([...atoms, ...more]).valid).toBe(true)
    expect(verifyChain(more, atoms[3]!.hash).valid).toBe(true)
    expect(verifyChain(more)).toMatchObject({ valid: false, index: 0, id: 'one' })
  })

  test.each([
    ['changed', [atoms[0], { ...atoms[1]!, body: 'other' }, atoms[2], atoms[3]], 1, 'two'],
    [
      'rebuilt',
      [atoms[0], buildAtom({ ...inputs[1]!, body: 'other', prevHash: atoms[0]!.hash }), atoms[2]],
      2,
      'three',
    ],
    ['left out', [atoms[0], atoms[2], atoms[3]], 1, 'three'],
    ['swapped', [atoms[0], atoms[2], atoms[1], atoms[3]], 1, 'three'],
    ['repeated', [atoms[0], atoms[0]], 1, 'one'],
    ['no atom at all', [atoms[0], 'nothing'], 1, null],
  ])('names the first that breaks when one is %s', (_, broken, index, id) => {
    expect(verifyChain(broken)).toMatchObject({ valid: false, index, id, reason: expect.any(String) })
  })
})

describe('the atom of an event', () => {
  test('is traced by its run, in the context of its step, owned by its tenant', () => {
    const atom = eventToAtom(event, run)
    expect(atom.meta).toMatchObject({ trace_id: 'run_1', context_id: 'step_1', owner_id: 'tenant_1' })
    expect(atom.body).toEqual(event.payload)
    expect(verifyAtom(atom)).toEqual({ valid: true })
    expect(eventToAtom({ ...event, step_id: null }, run).meta.context_id).toBe('run_1')
    expect(eventToAtom({ ...event, actor: 'usr_1' }, run).meta.header.who).toEqual({
      id: 'usr_1',
      role: 'principal',
    })
    expect(eventToAtom(event, run, atom.hash).prev_hash).toBe(atom.hash)
  })

  test.each([
    ['auto', event.kind, event.payload, 'APPROVE'],
    ['draft', event.kind, event.payload, 'REVIEW'],
    ['auto', 'error', { error: 'boom' }, 'DENY'],
    ['draft', 'run_failed', { error: 'boom' }, 'DENY'],
    ['draft', 'step_failed', {}, 'DENY'],
    ['auto', 'tool_call', { error: 'timed out', outcome: 'failed' }, 'DENY'],
    ['auto', 'policy_eval', { result: 'denied' }, 'DENY'],
    ['draft', 'decision_recorded', { effect: 'deny' }, 'DENY'],
    ['auto', 'decision_recorded', { effect: 'require_approval' }, 'REVIEW'],
    ['auto', 'approval_resolved', { status: 'rejected' }, 'DENY'],
    ['auto', 'run_resumed', { approved: false }, 'DENY'],
    ['auto', 'effect_in_doubt', {}, 'REVIEW'],
    ['auto', 'tool_call', { outcome: 'unknown' }, 'REVIEW'],
    ['auto', 'run_completed', { result: 'denied' }, 'APPROVE'],
    ['auto', 'tool_call', { output: { status: 'failed', error: 'theirs' } }, 'APPROVE'],
    ['auto', 'note', 'denied', 'APPROVE'],
  ] as const)('in %s mode, %s with %j says %s', (mode, kind, payload, status) => {
    const atom = eventToAtom({ ...event, kind, payload: payload as Json }, { ...run, mode })
    expect(atom.meta.header.status).toBe(status)
  })
})

describe('the atom of a step', () => {
  test('tells the node, what went in and came out, and how long it took', () => {
    const atom = stepToAtom(step, run)
    expect(atom).toMatchObject({
      type: 'step.tool@1.0.0',
      body: { node_id: 'fetch_tickets', type: 'tool', status: 'completed', input: {}, output: { count: 3 } },
      meta: { header: { did: 'step_completed', status: 'APPROVE' }, metrics: { duration_ms: 250 } },
    })
    expect(verifyAtom(atom)).toEqual({ valid: true })
  })

  test('denies when it failed, whatever the mode, and is for review in a draft', () => {
    expect(stepToAtom({ ...step, status: 'failed' }, { ...run, mode: 'draft' }).meta.header.status).toBe(
      'DENY',
    )
    expect(stepToAtom(step, { ...run, mode: 'draft' }).meta.header.status).toBe('REVIEW')
  })

  test('that was never begun has no moment and no duration', () => {
    const atom = stepToAtom({ ...step, status: 'skipped', started_at: null, finished_at: null }, run)
    expect(atom.meta.header.when).toEqual({ ts: null, recv_ts: null, commit_ts: null })
    expect(atom.meta).not.toHaveProperty('metrics')
    expect(verifyAtom(atom)).toEqual({ valid: true })
  })
})
