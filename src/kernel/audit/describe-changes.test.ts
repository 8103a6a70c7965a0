import { expect, test } from 'vitest'
import { payloadHash } from '../../lib/hash.ts'
import { describeChanges } from './describe-changes.ts'

const told = { told: ['name', 'text'], hashed: ['config'] } as {
  told: ('name' | 'text')[]
  hashed: 'config'[]
}
const tool = { name: 'mail', text: 'sends', config: { token: 'hunter2' } }

test('only members that changed are told, each with what it was and what it is', () => {
  expect(describeChanges(tool, { ...tool, name: 'post' }, told)).toEqual({
    name: { from: 'mail', to: 'post' },
  })
  expect(describeChanges(tool, structuredClone(tool), told)).toEqual({})
})

test('what is new comes from nothing, and what is gone leads there', () => {
  expect(describeChanges(null, { name: 'a' }, { told: ['name'] })).toEqual({ name: { from: null, to: 'a' } })
  expect(describeChanges({ name: 'a' }, null, { told: ['name'] })).toEqual({ name: { from: 'a', to: null } })
})

test('members that may hold secrets are told by their hash, and long ones too', () => {
  const changed = { ...tool, text: 'x'.repeat(2_000), config: { token: 'hunter3' } }
  const changes = describeChanges(tool, changed, told)
  expect(JSON.stringify(changes)).not.toMatch(/hunter|xxx/)
  expect(changes).toEqual({
    text: { from: 'sends', to: { sha256: payloadHash(changed.text) } },
    config: { from: { sha256: payloadHash(tool.config) }, to: { sha256: payloadHash(changed.config) } },
  })
})
