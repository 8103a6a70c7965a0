import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { DataFolderInUseError, findLiveOwner, type LockOwner, lockDataFolder } from './data-lock.ts'

/** Says `ready`, waits to be told, tries to take the lock, says how that went, and lives until it is ended. */
const TAKER = `
  import { lockDataFolder } from ${JSON.stringify(new URL('./data-lock.ts', import.meta.url).href)}
  process.stdin.once('data', () => {
      try {
      lockDataFolder(process.argv[1], 'secret').announce('http://127.0.0.1:1')
      console.log('taken')
    } catch (error) {
      console.log(error.name)
    }
  })
  console.log('ready')
`

let folder: string
let lockFile: string
const children: ChildProcess[] = []

/** Another process that is about to take the lock. */
async function startTaker() {
  const child = spawn(process.execPath, ['--input-type=module', '-e', TAKER, folder], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  children.push(child)
  const lines: string[] = []
  let wake = () => {}
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    lines.push(...text.trim().split('\n'))
    wake()
  })
  const said = async (position: number) => {
    while (lines.length <= position) {
      await new Promise<void>((resolve) => {
        wake = resolve
      })
    }
    return lines[position]
  }
  await said(0)
  return {
    pid: child.pid!,
    go: () => child.stdin.write('go\n'),
    outcome: () => said(1),
    async kill() {
      child.kill('SIGKILL')
      await once(child, 'exit')
    },
  }
}

const writeOwner = (owner: Partial<LockOwner> | string) =>
  writeFileSync(
    lockFile,
    typeof owner === 'string' ? owner : JSON.stringify({ address: null, secret: 's', ...owner }),
  )
const readOwner = () => JSON.parse(readFileSync(lockFile, 'utf8')) as LockOwner

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-lock-'))
  lockFile = join(folder, 'lock.json')
})
afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
  rmSync(folder, { recursive: true, force: true })
})

describe('a folder that nobody holds', () => {
  test('is locked, which only its owner can read, and free again after release', () => {
    const inside = join(folder, 'deep', 'data')
    const lock = lockDataFolder(inside, 'secret')
    expect(findLiveOwner(inside)).toMatchObject({ pid: process.pid, address: null, secret: 'secret' })
    expect(statSync(join(inside, 'lock.json')).mode & 0o777).toBe(0o600)
    expect(statSync(inside).mode & 0o777).toBe(0o700)
    lock.announce('http://127.0.0.1:8080')
    expect(findLiveOwner(inside)!.address).toBe('http://127.0.0.1:8080')
    expect(statSync(join(inside, 'lock.json')).mode & 0o777).toBe(0o600)
    lock.release()
    expect(findLiveOwner(inside)).toBeNull()
    lockDataFolder(inside, 'secret').release()
  })

  test('a second taker in the same process is refused', () => {
    const lock = lockDataFolder(folder, 'secret')
    expect(() => lockDataFolder(folder, 'other')).toThrow(DataFolderInUseError)
    expect(readOwner().secret).toBe('secret')
    lock.release()
  })
})

describe('a folder that another process holds', () => {
  test('is refused in one line that says who holds it and what to do; killing that process frees it', async () => {
    const taker = await startTaker()
    taker.go()
    expect(await taker.outcome()).toBe('taken')
    expect(() => lockDataFolder(folder, 'mine')).toThrow(
      new DataFolderInUseError(folder, { ...readOwner(), pid: taker.pid, address: 'http://127.0.0.1:1' }),
    )
    expect(() => lockDataFolder(folder, 'mine')).toThrow(
      `${folder} is in use by process ${taker.pid} and listens on http://127.0.0.1:1; stop it, or set another DATA_DIR`,
    )
    await taker.kill()
    expect(existsSync(lockFile), 'the dead cannot tidy up').toBe(true)
    expect(findLiveOwner(folder)).toBeNull()
    const lock = lockDataFolder(folder, 'mine')
    expect(readOwner()).toMatchObject({ pid: process.pid, secret: 'mine' })
    lock.release()
  })

  test('releasing takes away nobody else’s lock', async () => {
    const lock = lockDataFolder(folder, 'mine')
    rmSync(lockFile)
    const taker = await startTaker()
    taker.go()
    expect(await taker.outcome()).toBe('taken')
    lock.release()
    expect(findLiveOwner(folder)!.pid).toBe(taker.pid)
  })

  test('a lock that is just being written is not taken for a dead one', () => {
    writeOwner('')
    expect(() => lockDataFolder(folder, 'mine')).toThrow('EEXIST')
    expect(readFileSync(lockFile, 'utf8')).toBe('')
  })
})

describe('a lock whose owner is gone', () => {
  test.each<[string, () => Partial<LockOwner> | string]>([
    ['a process number that nobody has', () => ({ pid: 2 ** 22 + 1, started: 'then' })],
    [
      'a process number that somebody else has now',
      () => ({ pid: process.pid, started: 'before this boot 1' }),
    ],
    ['half a file, written long ago', () => '{"pid":'],
    ['an empty file, written long ago', () => ''],
    ['something else', () => '{"pid":"me","started":1}'],
  ])('%s: it is taken', (_, owner) => {
    writeOwner(owner())
    utimesSync(lockFile, 1, 1)
    expect(findLiveOwner(folder)).toBeNull()
    const lock = lockDataFolder(folder, 'mine')
    expect(readOwner().pid).toBe(process.pid)
    lock.release()
  })

  test('of ten processes that find it at once exactly one takes the folder', async () => {
    writeOwner({ pid: 2 ** 22 + 1, started: 'then' })
    const takers = await Promise.all(Array.from({ length: 10 }, startTaker))
    for (const taker of takers) taker.go()
    const outcomes = await Promise.all(takers.map((taker) => taker.outcome()))
    expect(outcomes.toSorted()).toEqual([...new Array(9).fill('DataFolderInUseError'), 'taken'])
    expect(findLiveOwner(folder)!.pid).toBe(takers[outcomes.indexOf('taken')]!.pid)
    expect(existsSync(`${lockFile}.reaping`)).toBe(false)
  })

  test('one that died while it removed a dead lock does not block the folder for ever', () => {
    writeOwner({ pid: 2 ** 22 + 1, started: 'then' })
    mkdirSync(`${lockFile}.reaping`)
    utimesSync(`${lockFile}.reaping`, 1, 1)
    const lock = lockDataFolder(folder, 'mine')
    expect(readOwner().pid).toBe(process.pid)
    lock.release()
  })
})
