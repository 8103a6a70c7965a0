import { expect, test } from 'vitest'
import { describeChanges } from './describe-changes.ts'

test('a change is told by what was and what is; a single value, a secret and a missing one for what they are', () => {
  expect(
    describeChanges({
      threshold: { from: 1, to: 2 },
      name: { from: null, to: 'Denials' },
      enabled: { from: true, to: null },
      role: { to: 'admin' },
      destinations: { from: null, to: { sha256: 'ab12' } },
      run_id: 'run_1',
      reason: null,
      channels: ['email'],
      terms: { from: 1, other: 2 },
    }),
  ).toEqual([
    { member: 'threshold', from: '1', to: '2' },
    { member: 'name', from: null, to: 'Denials' },
    { member: 'enabled', from: 'true', to: null },
    { member: 'role', from: null, to: 'admin' },
    { member: 'destinations', from: null, to: 'a value with the hash ab12' },
    { member: 'run_id', from: null, to: 'run_1' },
    { member: 'reason', from: null, to: 'none' },
    { member: 'channels', from: null, to: '["email"]' },
    { member: 'terms', from: null, to: '{"from":1,"other":2}' },
  ])
})
