import {
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { sweepWorkspaces, WORKSPACE_LIMITS, workspacePath } from '../../src/executor/workspace.ts'
import type { SpawnedProgram } from '../harness/spawn-program.ts'
import { type Context, execute, spawnExecutor } from './spawn-executor.ts'

const TIME_LIMIT_MS = 700

const folder = mkdtempSync(join(tmpdir(), 'countersign-executor-'))
const files = join(folder, 'files')
let executor: SpawnedProgram
beforeAll(async () => {
  writeFileSync(join(folder, 'outside.txt'), 'what nobody may read')
  executor = await spawnExecutor(files, {
    EXECUTOR_CODE_TIMEOUT_MS: String(TIME_LIMIT_MS),
    AUTH_SECRET: 'something of the operator in the environment',
  })
})
afterAll(async () => {
  await executor.stop()
  rmSync(folder, { recursive: true, force: true })
})

describe('code_interpreter', () => {
  const run = async (code: string) => {
    const answer = await execute(executor.address, 'code_interpreter', { language: 'javascript', code })
    expect(answer).toMatchObject({ status: 200, body: { status: 'success' } })
    return answer.body.result as { stdout: string; stderr: string; exit_code: number; duration_ms: number }
  }

  test('answers what a program printed, by stream, and 0', async () => {
    const answer = await run(
      'const n = await Promise.resolve(2)\nconsole.log("n", { n }, [n], undefined); console.error(new Error("e"))',
    )
    expect(answer).toMatchObject({
      stdout: 'n {"n":2} [2] undefined\n',
      stderr: 'Error: e (line 2)\n',
      exit_code: 0,
    })
  })

  test.each([
    ['throw new TypeError("no")', 'TypeError: no (line 1)\n'],
    ['\nthrow { code: 7 }', 'an object: {"code":7}\n'],
    ['const x = (', /^SyntaxError: .*\(line 1\)\n$/],
    ['import fs from "node:fs"', /imports a module, and there are none/],
    ['await new Promise(() => {})', /a promise that nothing will ever settle/],
    ['(function f() { return f() })()', /calls itself too deeply/],
    ['throw { get message() { for (;;); } }', 'something that cannot be shown\n'],
  ])('says what went wrong, with exit code 1: %s', async (code, stderr) => {
    const answer = await run(`console.log("before");${code}`)
    expect(answer.stderr).toMatch(stderr)
    expect(answer.exit_code).toBe(1)
  })

  test.each([
    ['a loop', 'for (;;);'],
    ['a loop that catches all', 'for (;;) { try { for (;;); } catch {} finally { continue } }'],
    ['a loop of promises', 'for (;;) await null'],
    ['a pattern', '/^(a+)+$/.test("a".repeat(40) + "!")'],
    ['what is built in and looks at no limit', '[].indexOf.call({ length: 2 ** 53 - 1 }, 1)'],
  ])('%s is ended, what it printed is kept, and the next call works', async (_, code) => {
    const answer = await run(`console.log("begun");${code}`)
    expect(answer).toMatchObject({
      stdout: 'begun\n',
      stderr: `stopped: the program ran for more than the ${TIME_LIMIT_MS} ms it is given\n`,
      exit_code: 124,
    })
    expect((await run('console.log("next")')).stdout).toBe('next\n')
  })

  test('a flood of output is cut off at a megabyte', async () => {
    for (const stream of ['log', 'error']) {
      const answer = await run(`for (;;) console.${stream}("x".repeat(10_000))`)
      expect(answer.stdout.length + answer.stderr.length).toBeLessThan(1024 * 1024 + 100)
      expect(answer.stderr).toMatch(/stopped: the program printed more than 1048576 bytes\n$/)
      expect(answer.exit_code).toBe(1)
    }
  })

  test.each([
    ['many blocks', 'const a = []; for (;;) a.push(new Uint8Array(16 * 1024 * 1024))'],
    ['one block', 'new Uint8Array(1e9)'],
    ['a growing text', 'let a = "x"; for (;;) a += a + "y"'],
  ])('a flood of memory ends at its limit: %s', async (_, code) => {
    const answer = await run(code)
    expect([answer.exit_code, answer.stderr]).toEqual([
      137,
      expect.stringMatching(/more than the 128 MB of memory/),
    ])
  })

  test('a program finds nothing but the language: no environment, files, network, timers, or program before it', async () => {
    const names =
      'process require fetch XMLHttpRequest WebSocket setTimeout WebAssembly Worker Deno std os print module'
    await run('globalThis.left = 1; Object.prototype.left = 1')
    const answer = await run(
      `console.log(${JSON.stringify(names.split(' '))}.filter((name) => typeof globalThis[name] !== "undefined" || Function("return typeof " + name)() !== "undefined"), typeof left, {}.left)`,
    )
    expect(answer.stdout).toBe('[] undefined undefined\n')
  })

  test('its process has an empty environment and no rights, and ends when the executor is killed', async () => {
    const own = await spawnExecutor(join(files, 'killed'), { SOMETHING: 'of the operator' })
    onTestFinished(() => own.stop('SIGKILL'))
    const loop = { language: 'javascript', code: 'console.log("begun"); for (;;);' }
    const cut = execute(own.address, 'code_interpreter', loop).catch((error) => error.message)
    await own.said('a tool is called')
    const read = (pid: string, name: string) => readFileSync(`/proc/${pid}/${name}`, 'utf8')
    const parent = String(own.process.pid)
    const children = () => read(parent, `task/${parent}/children`).trim()
    const isNode = (pid: string) =>
      pid !== '' && read(pid, 'cmdline').startsWith(`${process.execPath}\0--permission`)
    // A copy of the executor at first, then the shell that sets the limits, then Node.
    while (!isNode(children())) await setImmediate()
    const pid = children()
    expect(
      read(pid, 'environ')
        .split('\0')
        .filter((line) => line !== '' && !line.startsWith('PWD=')),
    ).toEqual([])
    expect(read(pid, 'limits')).toMatch(/Max file size +0 +0/)
    await own.stop('SIGKILL')
    expect(await cut).toBe('fetch failed')
    const killed = performance.now()
    while (existsSync(`/proc/${pid}/stat`) && !/\) Z /.test(read(pid, 'stat'))) await setImmediate()
    expect(performance.now() - killed).toBeLessThan(15_000)
  })

  test('NUL and half characters are shown as not readable', async () => {
    const { stdout } = await run('console.log("a\\0b")')
    expect(stdout).toBe('a\u{fffd}b\n')
    expect((await run('console.log("\\ud800")')).stdout.isWellFormed()).toBe(true)
  })

  test('when the caller hangs up, the program is killed and others have its place', async () => {
    const loop = { language: 'javascript', code: 'for (;;);' }
    const line = new AbortController()
    const before = executor.output().split('a tool is called').length - 1
    const hungUp = Array.from({ length: 4 }, () =>
      execute(executor.address, 'code_interpreter', loop, { signal: line.signal }).catch(
        (error) => error.name,
      ),
    )
    await executor.said('a tool is called', before + 4)
    const next = run('console.log("next")')
    line.abort()
    expect(new Set(await Promise.all(hungUp))).toEqual(new Set(['AbortError']))
    expect((await next).stdout).toBe('next\n')
  })
})

describe('file_system', () => {
  const call = async (action: string, path: string, more: { content?: string } & Partial<Context> = {}) => {
    const { content, ...context } = more
    const input = { action, path, ...(content !== undefined && { content }) }
    const { status, body } = await execute(executor.address, 'file_system', input, { context })
    return status === 200 ? body.result : [status, body.error.code]
  }
  /** A run of its own for each test. */
  let runs = 0
  const nextRun = () => ({ run_id: `files-${++runs}` })
  const pathOf = ({ run_id }: { run_id: string }, tenant = 'acme') => workspacePath(files, tenant, run_id)

  test('what is written can be listed, read, replaced and deleted', async () => {
    const run = nextRun()
    expect(await call('list', '.', run)).toEqual({ entries: [] })
    await call('write', 'notes/today.md', { ...run, content: 'Zwölf Boxkämpfer' })
    await call('write', 'empty', { ...run, content: '' })
    expect(await call('list', '.', run)).toEqual({
      entries: [
        { path: 'empty', type: 'file', size: 0 },
        { path: 'notes', type: 'folder' },
      ],
    })
    expect(await call('list', 'notes', run)).toEqual({
      entries: [{ path: 'notes/today.md', type: 'file', size: 18 }],
    })
    expect(await call('read', 'notes/today.md', run)).toEqual({ content: 'Zwölf Boxkämpfer' })
    await call('write', 'notes/today.md', { ...run, content: 'new' })
    expect(await call('read', 'notes/today.md', run)).toEqual({ content: 'new' })
    expect(await call('delete', 'notes', run)).toEqual([500, 'FOLDER_NOT_EMPTY'])
    expect(await call('delete', 'notes/today.md', run)).toEqual({ message: "deleted 'notes/today.md'" })
    expect(await call('delete', 'notes/today.md', run)).toEqual({ message: "'notes/today.md' is not there" })
    await call('delete', 'notes', run)
    expect(await call('read', 'notes/today.md', run)).toEqual([500, 'FILE_NOT_FOUND'])
  })

  test('another run sees nothing of it, and another tenant with the same run neither', async () => {
    const run = nextRun()
    await call('write', 'mine', { ...run, content: 'mine' })
    for (const other of [nextRun(), { ...run, tenant_id: 'other' }, { run_id: run.run_id.toUpperCase() }]) {
      expect(await call('list', '.', other)).toEqual({ entries: [] })
      expect(await call('read', 'mine', other)).toEqual([500, 'FILE_NOT_FOUND'])
    }
    expect(await call('read', 'mine', run)).toEqual({ content: 'mine' })
  })

  test('an id is never a path', async () => {
    for (const context of [
      { run_id: '../../..' },
      { tenant_id: '../..', run_id: '.' },
      { tenant_id: '/etc', run_id: 'a/b' },
    ]) {
      await call('write', 'x', { ...context, content: 'x' })
    }
    const below = readdirSync(files).flatMap((tenant) => readdirSync(join(files, tenant)))
    for (const name of below) expect(name).toMatch(/^[0-9a-f]{40}$/)
    expect(readdirSync(folder).sort()).toEqual(['files', 'outside.txt'])
    expect(await call('list', '.', { run_id: null })).toEqual([400, 'INPUT_INVALID'])
  })

  test.each([
    '..',
    '../outside.txt',
    'a/../../outside.txt',
    '/etc/passwd',
    './x',
    'a//b',
    'a/',
    'a/.',
    '..\\outside.txt',
    'C:/x',
    'C:x',
    '.',
    'a\0b',
  ])('no path leads out: %j', async (path) => {
    const run = nextRun()
    for (const action of ['read', 'write', 'delete']) {
      expect(await call(action, path, { ...run, content: 'x' })).toEqual([400, 'INPUT_INVALID'])
    }
  })

  test.each([
    '%2e%2e/outside.txt',
    '．．/outside.txt',
    '.. /outside.txt',
    '...',
    '~/x',
    'OUTSIDE.TXT',
    '$HOME',
  ])('what only looks like a way out is a name: %j', async (path) => {
    const run = nextRun()
    expect(await call('read', path, run)).toEqual([500, 'FILE_NOT_FOUND'])
    await call('write', path, { ...run, content: 'inside' })
    expect(await call('read', path, run)).toEqual({ content: 'inside' })
    expect(existsSync(join(pathOf(run), path))).toBe(true)
    expect(readFileSync(join(folder, 'outside.txt'), 'utf8')).toBe('what nobody may read')
  })

  test('links that somebody put there are not followed, nor shown', async () => {
    const run = nextRun()
    await call('write', 'real', { ...run, content: 'real' })
    const root = pathOf(run)
    symlinkSync(join(folder, 'outside.txt'), join(root, 'file'))
    symlinkSync(folder, join(root, 'folder'))
    symlinkSync('nowhere', join(root, 'dangling'))
    symlinkSync('.', join(root, 'inside'))
    linkSync(join(folder, 'outside.txt'), join(root, 'hard'))
    for (const path of ['file', 'folder/outside.txt', 'folder/new', 'dangling', 'inside/real', 'hard']) {
      for (const action of ['read', 'write', 'delete']) {
        expect([path, await call(action, path, { ...run, content: 'x' })]).toEqual([
          path,
          [500, 'NOT_A_FILE'],
        ])
      }
    }
    expect(await call('list', 'folder', run)).toEqual([500, 'NOT_A_FILE'])
    expect(await call('list', '.', run)).toEqual({ entries: [{ path: 'real', type: 'file', size: 4 }] })
    expect(readFileSync(join(folder, 'outside.txt'), 'utf8')).toBe('what nobody may read')
    expect(existsSync(join(folder, 'new'))).toBe(false)
  })

  test('a workspace that is itself a link is not used', async () => {
    const run = nextRun()
    mkdirSync(dirname(pathOf(run)), { recursive: true })
    symlinkSync(folder, pathOf(run))
    expect(await call('read', 'outside.txt', run)).toEqual([500, 'NOT_A_FILE'])
  })

  test('a file has a limit, and all files of a run together', async () => {
    const run = nextRun()
    const most = WORKSPACE_LIMITS.max_file_bytes
    expect(await call('write', 'large', { ...run, content: 'ü'.repeat(most / 2 + 1) })).toEqual([
      500,
      'FILE_TOO_LARGE',
    ])
    const content = 'x'.repeat(1_000_000)
    const count = Math.floor(WORKSPACE_LIMITS.max_workspace_bytes / content.length)
    // At the same time: each finds what the others have left.
    const answers = await Promise.all(
      Array.from({ length: count + 2 }, (_, index) => call('write', `file-${index}`, { ...run, content })),
    )
    expect(answers.filter(Array.isArray)).toEqual([
      [500, 'WORKSPACE_FULL'],
      [500, 'WORKSPACE_FULL'],
    ])
    const { entries } = await call('list', '.', run)
    expect(entries).toHaveLength(count)
    // Replacing needs no more room.
    expect(await call('write', entries[0].path, { ...run, content })).toMatchObject({
      message: expect.stringContaining('wrote'),
    })
    expect(await call('write', 'elsewhere', { ...nextRun(), content })).toMatchObject({
      message: expect.any(String),
    })
  })

  test('folders count too, and no name is too long for the disk', async () => {
    const run = nextRun()
    expect(await call('write', 'x'.repeat(300), { ...run, content: '' })).toEqual([400, 'INPUT_INVALID'])
    for (let index = 0; index < 4; index++)
      mkdirSync(join(pathOf(run), ...Array(249).fill('a').with(0, `a${index}`)), { recursive: true })
    expect(await call('write', Array(6).fill('b').join('/'), { ...run, content: '' })).toEqual([
      500,
      'WORKSPACE_FULL',
    ])
    expect(await call('write', Array(4).fill('b').join('/'), { ...run, content: '' })).toHaveProperty(
      'message',
    )
  })

  test('a file is no folder', async () => {
    const run = nextRun()
    await call('write', 'file', { ...run, content: 'x' })
    expect(await call('write', 'file/below', { ...run, content: 'x' })).toEqual([500, 'NOT_A_FOLDER'])
    expect(await call('list', 'file', run)).toEqual([500, 'NOT_A_FOLDER'])
    expect(await call('list', 'nowhere', run)).toEqual([500, 'FILE_NOT_FOUND'])
    await call('write', 'folder/file', { ...run, content: 'x' })
    expect(await call('read', 'folder', run)).toEqual([500, 'NOT_A_FILE'])
    expect(await call('write', 'folder', { ...run, content: 'x' })).toEqual([500, 'NOT_A_FILE'])
  })

  test('workspaces that nobody used for long are deleted, and nothing else', async () => {
    const [old, young] = [nextRun(), nextRun()]
    for (const run of [old, young]) await call('write', 'a/b', { ...run, content: 'x' })
    writeFileSync(join(files, 'somebody-elses'), '')
    utimesSync(pathOf(old), new Date(0), new Date(0))
    expect(await sweepWorkspaces(files, Date.now() - 1_000_000)).toBe(1)
    expect([existsSync(pathOf(old)), await call('read', 'a/b', young)]).toEqual([false, { content: 'x' }])
    expect(existsSync(join(files, 'somebody-elses'))).toBe(true)
  })
})
