import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { systemClock } from '../../lib/clock.ts'
import { openTokenKeyFile } from './token-keys.ts'

const TYPE = 'test+jwt'

function newPath(): string {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-keys-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return join(folder, 'keys', 'tokens.json')
}

test('of many that start at the same moment one makes the keys, and all sign with them', async () => {
  const path = newPath()
  const all = await Promise.all(Array.from({ length: 8 }, () => openTokenKeyFile(path, systemClock)))
  const tokens = await Promise.all(all.map((keys) => keys.sign({ typ: TYPE }, { of: 'somebody' })))
  for (const keys of all) {
    expect((await keys.publicKeys()).keys).toHaveLength(1)
    for (const token of tokens) expect(await keys.verify(token, TYPE)).toEqual({ of: 'somebody' })
  }
  expect(readdirSync(join(path, '..'))).toEqual(['tokens.json'])
  expect(statSync(path).mode & 0o777).toBe(0o600)
})

test('whoever has the keys open knows at once that another process rotated them', async () => {
  const path = newPath()
  const one = await openTokenKeyFile(path, systemClock)
  const other = await openTokenKeyFile(path, systemClock)
  const before = await one.sign({ typ: TYPE }, { is: 'old' })
  const { kid } = await other.rotate()
  const after = await one.sign({ typ: TYPE }, { is: 'new' })
  expect(JSON.parse(Buffer.from(after.split('.')[0]!, 'base64url').toString()).kid).toBe(kid)
  expect(await other.verify(before, TYPE)).toEqual({ is: 'old' })
  expect(await other.verify(after, TYPE)).toEqual({ is: 'new' })
})
