import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { readConfig } from '../../src/config.ts'
import { EXECUTOR_HEADERS } from '../../src/lib/executor-signature.ts'
import { RUN_MAIN } from '../harness/run-main.ts'
import type { SpawnedProgram } from '../harness/spawn-program.ts'
import { CONTEXT, callOf, execute, SECRET, send, spawnExecutor } from './spawn-executor.ts'

const OTHER_SECRET = 'the secret that takes over from the first'
const MINUTE = 60_000
const HELLO = { language: 'javascript', code: 'console.log("hello")' }

const folder = mkdtempSync(join(tmpdir(), 'countersign-executor-'))
let executor: SpawnedProgram
let address: string
beforeAll(async () => {
  executor = await spawnExecutor(join(folder, 'files'), {
    LOGLINE_SHARED_SECRET: `${OTHER_SECRET}, ${SECRET}`,
  })
  address = executor.address
})
afterAll(async () => {
  await executor.stop()
  rmSync(folder, { recursive: true, force: true })
})

const failed = (status: number, code: string) => ({ status, body: { status: 'error', error: { code } } })

test('a signed call is run, and its result answered', async () => {
  expect(await execute(address, 'code_interpreter', HELLO)).toEqual({
    status: 200,
    body: {
      status: 'success',
      result: { stdout: 'hello\n', stderr: '', exit_code: 0, duration_ms: expect.any(Number) },
    },
  })
})

test('GET /health is open and says what there is and what there is not', async () => {
  const response = await fetch(`${address}/health`)
  expect([response.status, await response.json()]).toEqual([
    200,
    {
      status: 'ok',
      version: expect.any(String),
      tools: [
        { id: 'code_interpreter', available: true, languages: ['javascript'] },
        expect.objectContaining({ id: 'file_system', available: true, max_file_bytes: 1_048_576 }),
        { id: 'web_browser', available: false, reason: 'this executor has no browser' },
      ],
    },
  ])
})

describe('a call is refused', () => {
  test.each(Object.values(EXECUTOR_HEADERS).slice(1))('401 without %s', async (header) => {
    const call = callOf('code_interpreter', HELLO)
    delete call.headers[header]
    expect(await send(address, call)).toMatchObject(failed(401, 'SIGNATURE_MISSING'))
  })

  test.each([
    [-5.1 * MINUTE, 401],
    [5.1 * MINUTE, 401],
    [4.9 * MINUTE, 200],
  ])('by a clock that differs by %d ms: %d', async (skew, status) => {
    const timestamp = String(Math.round(Date.now() + skew))
    expect((await execute(address, 'code_interpreter', HELLO, { timestamp })).status).toBe(status)
  })

  test('401 when it was signed before this executor began, which cannot know whether it was let in then', async () => {
    const timestamp = String(Date.now() - MINUTE)
    const answer = await execute(address, 'code_interpreter', HELLO, { timestamp })
    expect(answer).toMatchObject(failed(401, 'SIGNATURE_EXPIRED'))
  })

  test('401 when it comes a second time, and it runs once', async () => {
    const write = callOf('file_system', { action: 'write', path: 'once', content: '1' })
    const answers = await Promise.all([send(address, write), send(address, write), send(address, write)])
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 401, 401])
    expect(await send(address, write)).toMatchObject(failed(401, 'NONCE_REPLAYED'))
  })

  test('403 when it is signed with another secret, and its nonce is not taken', async () => {
    const nonce = 'a-nonce-of-somebody-else'
    const forged = await execute(address, 'code_interpreter', HELLO, { nonce, secret: 'x'.repeat(40) })
    expect(forged).toMatchObject(failed(403, 'SIGNATURE_WRONG'))
    expect((await execute(address, 'code_interpreter', HELLO, { nonce })).status).toBe(200)
  })

  test('403 when body, nonce or time are others than were signed', async () => {
    const signed = callOf('code_interpreter', HELLO)
    const others: RequestInit[] = [
      { ...signed, body: signed.body.replace('hello', 'other') },
      { ...signed, headers: { ...signed.headers, [EXECUTOR_HEADERS.nonce]: 'another-nonce-of-16' } },
      { ...signed, headers: { ...signed.headers, [EXECUTOR_HEADERS.timestamp]: String(Date.now() + 1000) } },
    ]
    for (const other of others)
      expect(await send(address, other)).toMatchObject(failed(403, 'SIGNATURE_WRONG'))
  })

  test('400 for a tool that nobody knows, with those there are', async () => {
    const answer = await execute(address, 'git_cli', {})
    expect(answer).toMatchObject(failed(400, 'TOOL_UNKNOWN'))
    expect(answer.body.error.message).toContain('code_interpreter, file_system, web_browser')
  })

  test('400 when the header names another tool than the body', async () => {
    const headers = { [EXECUTOR_HEADERS.toolId]: 'code_interpreter' }
    const answer = await execute(address, 'file_system', { action: 'list', path: '.' }, { headers })
    expect(answer).toMatchObject(failed(400, 'INPUT_INVALID'))
  })

  test.each([
    ['python', 'code_interpreter', { language: 'python', code: 'print(1)' }, /has no Python/],
    ['a browser', 'web_browser', { action: 'content', url: 'https://example.com/' }, /has no browser/],
  ])('400 TOOL_NOT_AVAILABLE where it has not got %s', async (_, toolId, input, message) => {
    const answer = await execute(address, toolId, input)
    expect(answer).toMatchObject(failed(400, 'TOOL_NOT_AVAILABLE'))
    expect(answer.body.error.message).toMatch(message)
  })

  test.each([
    ['no JSON', '{', ''],
    ['a member twice', '{"tool_id":"a","tool_id":"b"}', 'tool_id'],
    ['no context', '{"tool_id":"code_interpreter","input":{}}', 'context'],
    [
      'another language',
      JSON.stringify({
        tool_id: 'code_interpreter',
        input: { language: 'ruby', code: '1' },
        context: CONTEXT,
      }),
      'input.language',
    ],
    [
      'no code',
      JSON.stringify({ tool_id: 'code_interpreter', input: { language: 'javascript' }, context: CONTEXT }),
      'input.code',
    ],
  ])('400 for a body with %s, with the place', async (_, body, path) => {
    const answer = await execute(address, 'code_interpreter', null, { body })
    expect(answer).toMatchObject(failed(400, 'INPUT_INVALID'))
    expect(answer.body.error.details).toMatchObject([{ path }])
  })

  test('413 for a body that is too large, 404 and 415 for what is no call', async () => {
    const large = await execute(address, 'code_interpreter', null, {
      body: `"${'x'.repeat(2 * 1024 * 1024)}"`,
    })
    expect(large).toMatchObject(failed(413, 'BODY_TOO_LARGE'))
    const text = await execute(address, 'code_interpreter', HELLO, {
      headers: { 'content-type': 'text/plain' },
    })
    expect(text).toMatchObject(failed(415, 'BAD_REQUEST'))
    expect((await fetch(`${address}/`)).status).toBe(404)
  })
})

test('while the secret is changed both are taken, and no third', async () => {
  for (const secret of [SECRET, OTHER_SECRET]) {
    expect((await execute(address, 'code_interpreter', HELLO, { secret })).status).toBe(200)
  }
  expect((await execute(address, 'code_interpreter', HELLO, { secret: `${SECRET}!` })).status).toBe(403)
})

test('while it stops, what runs ends and what is new gets 503', async () => {
  const own = await spawnExecutor(join(folder, 'stopping'), { EXECUTOR_CODE_TIMEOUT_MS: '3000' })
  onTestFinished(() => own.stop('SIGKILL'))
  const loop = { language: 'javascript', code: 'console.log("begun"); for (;;);' }
  const running = execute(own.address, 'code_interpreter', loop)
  await own.said('a tool is called')
  own.process.kill('SIGTERM')
  while ((await fetch(`${own.address}/health`)).status !== 503);
  expect(await execute(own.address, 'code_interpreter', HELLO)).toMatchObject(
    failed(503, 'EXECUTOR_STOPPING'),
  )
  expect(await running).toMatchObject({
    status: 200,
    body: { result: { stdout: 'begun\n', exit_code: 124 } },
  })
  await own.ended
  expect(own.process.exitCode).toBe(0)
})

describe('a start', () => {
  const start = (settings: Record<string, string>) => {
    const { status, stderr } = spawnSync(process.execPath, [...RUN_MAIN, 'executor'], {
      cwd: folder,
      env: { PATH: process.env.PATH, EXECUTOR_PORT: '0', ...settings },
      encoding: 'utf8',
    })
    return { status, stderr }
  }

  test.each([
    ['without a secret', {}, /needs LOGLINE_SHARED_SECRET/],
    ['with a short one', { LOGLINE_SHARED_SECRET: 'short' }, /at least 32 characters/],
    [
      'with a short one beside a long one',
      { LOGLINE_SHARED_SECRET: `${SECRET},short` },
      /at least 32 characters/,
    ],
    [
      'with three',
      { LOGLINE_SHARED_SECRET: [SECRET, SECRET, SECRET].join() },
      /one secret, or the new one and the old/,
    ],
  ])('%s is refused, in a line that does not tell it', (_, settings, message) => {
    const { status, stderr } = start(settings)
    expect(status).toBe(1)
    expect(stderr).toMatch(message)
    expect(stderr).not.toContain(SECRET)
    expect(stderr).not.toMatch(/\n {4}at /)
  })

  test('of a server that would call an executor without a secret is refused', () => {
    const settings = { LOGLINE_EXECUTOR_URL: address }
    expect(() => readConfig(settings)).toThrow('LOGLINE_EXECUTOR_URL needs LOGLINE_SHARED_SECRET')
    expect(readConfig({ ...settings, LOGLINE_SHARED_SECRET: SECRET }).LOGLINE_SHARED_SECRET).toEqual([SECRET])
  })

  test('takes nothing of a .env file but its own settings', async () => {
    const place = mkdtempSync(join(folder, 'env-'))
    writeFileSync(join(place, '.env'), `DATABASE_URL=postgres://nowhere\nLOGLINE_SHARED_SECRET=${SECRET}\n`)
    const found = spawnSync(
      process.execPath,
      [
        '-e',
        `import(${JSON.stringify(new URL('../../src/config.ts', import.meta.url).pathname)}).then(({ readExecutorConfig }) => console.log(JSON.stringify([readExecutorConfig().LOGLINE_SHARED_SECRET, process.env.DATABASE_URL ?? null])))`,
      ],
      { cwd: place, env: { PATH: process.env.PATH }, encoding: 'utf8' },
    )
    expect(JSON.parse(found.stdout)).toEqual([[SECRET], null])
  })
})

test('its log tells of calls and of no secret, input or output', () => {
  expect(executor.output()).toContain('a tool was run')
  for (const secret of [SECRET, OTHER_SECRET, 'hello']) expect(executor.output()).not.toContain(secret)
})
