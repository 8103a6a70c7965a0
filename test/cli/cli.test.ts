import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeDataFolder } from '../harness/make-data-folder.ts'
import { databasesFolder } from '../harness/memory-folder.ts'
import { RUN_MAIN } from '../harness/run-main.ts'
import type { SpawnedProgram } from '../harness/spawn-program.ts'
import { spawnServer } from '../harness/spawn-server.ts'

const folder = mkdtempSync(join(databasesFolder(), 'countersign-cli-'))
const dataDir = makeDataFolder(join(folder, 'data'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function run(args: string[], settings: Record<string, string> = {}, input = '') {
  const result = spawnSync(process.execPath, [...RUN_MAIN, ...args], {
    cwd: folder,
    env: { PATH: process.env.PATH, DATA_DIR: dataDir, PORT: '0', LOG_LEVEL: 'warn', ...settings },
    encoding: 'utf8',
    input,
  })
  return { code: result.status, out: result.stdout, err: result.stderr }
}

const post = async (server: SpawnedProgram, path: string, body: object) => {
  const response = await fetch(server.address + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  return (await response.json()) as Record<string, string>
}

test.each([
  '',
  'dev',
  'serve',
  'executor',
  'migrate',
  'role',
  'admin create-user',
  'admin reset-password',
  'admin list-keys',
  'doctor',
  'verify',
  'export',
  'mcp',
  'token',
  'token rotate',
])('countersign %s --help explains itself', (command) => {
  const { code, out } = run([...command.split(' ').filter(Boolean), '--help'])
  expect(code).toBe(0)
  expect(out).toMatch(/Usage: countersign/)
})

describe('what a start refuses, in one line, with exit code 1', () => {
  test.each([
    ['production without a secret', { NODE_ENV: 'production' }, /NODE_ENV=production needs AUTH_SECRET/],
    [
      'an address that others reach, without a secret',
      { HOST: '0.0.0.0' },
      /HOST=0\.0\.0\.0 .* needs AUTH_SECRET/,
    ],
    ['a secret that is too short', { AUTH_SECRET: 'short' }, /AUTH_SECRET: expected at least 32 characters/],
    ['a port that is none', { PORT: 'eighty' }, /PORT: /],
    [
      'a crash point in production',
      { NODE_ENV: 'production', AUTH_SECRET: 'x'.repeat(40), COUNTERSIGN_CRASH_POINT: 'a' },
      /COUNTERSIGN_CRASH_POINT is for tests/,
    ],
  ])('%s', (_name, settings, message) => {
    const { code, err } = run(['serve'], settings)
    expect(code).toBe(1)
    expect(err).toMatch(message)
    expect(err).not.toMatch(/\n {4}at /)
  })
})

test('an account is given another role while no server has the folder open', async () => {
  const settings = { DATA_DIR: makeDataFolder(join(folder, 'roles')) }
  const server = await spawnServer(settings.DATA_DIR)
  const account = { email: 'ana@example.com', password: 'correct horse battery staple', name: 'Ana' }
  await post(server, '/api/v1/auth/register', account)
  expect(run(['role', account.email, 'developer'], settings)).toMatchObject({
    code: 1,
    err: expect.stringContaining('is in use by process'),
  })
  await server.stop()
  expect(run(['role', account.email, 'developer'], settings)).toMatchObject({
    code: 0,
    out: 'ana@example.com has the role developer from now on.\n',
  })
  expect(run(['role', 'ben@example.com', 'developer'], settings)).toMatchObject({
    code: 1,
    err: "nobody registered as 'ben@example.com'\n",
  })
  expect(run(['role', account.email, 'king'], settings)).toMatchObject({
    code: 1,
    err: expect.stringContaining('Allowed choices are admin, developer, user'),
  })
})

test('an account is made with a password from standard input, which is not printed', () => {
  const args = ['admin', 'create-user', 'ben@example.com', '--password-stdin']
  const made = run(args, { DATA_DIR: makeDataFolder(join(folder, 'accounts')) }, 'long enough\n')
  expect(made).toMatchObject({
    code: 0,
    out: 'ben@example.com has an account with the role admin in the tenant default.\n',
  })
})

describe('beside a running server', () => {
  let server: SpawnedProgram
  let decisionId: string
  beforeAll(async () => {
    server = await spawnServer(dataDir)
    const decision = await post(server, '/v1/mcp/authorize_action', {
      intent: { action: 'purchase.create' },
      context: { request_id: 'cli', amount: 7, currency: 'EUR', merchant: 'ACME' },
    })
    decisionId = decision.decision_id!
  })
  afterAll(() => server.stop())

  test('log lines carry the run, from the path or from the X-Run-Id header', async () => {
    const logged = await spawnServer(makeDataFolder(join(folder, 'logged')), {
      LOG_LEVEL: 'info',
      LOG_JSON: 'true',
    })
    await fetch(`${logged.address}/v1/runs/run_from_path/status`)
    await fetch(`${logged.address}/healthz`, { headers: { 'x-run-id': 'run_from_header' } })
    await logged.stop()
    const lines = logged
      .output()
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line))
    const runs = lines.filter(({ msg }) => msg === 'request').map(({ run_id, path }) => [path, run_id])
    expect(runs).toContainEqual(['/v1/runs/:run_id/status', 'run_from_path'])
    expect(runs).toContainEqual(['/healthz', 'run_from_header'])
  })

  test('a second start on the same folder is refused in one clear line', () => {
    const { code, err } = run(['serve'])
    expect(code).toBe(1)
    expect(err.trim().split('\n')).toHaveLength(1)
    expect(err).toContain(
      `${dataDir} is in use by process ${server.process.pid} and listens on ${server.address}`,
    )
  })

  test('keys and lock are readable by their owner alone', () => {
    for (const name of ['lock.json', 'keys/tokens.json', 'keys/checkpoint.pem', 'keys/session-secret']) {
      expect([name, statSync(join(dataDir, name)).mode & 0o077]).toEqual([name, 0])
    }
  })

  test('doctor finds nothing in the way and says who has the folder', () => {
    const { code, out } = run(['doctor'])
    expect(out).toMatch(new RegExp(`lock +.* is open in process ${server.process.pid}`))
    expect(code).toBe(0)
  })

  test.each(['tokens.json', 'session-secret', 'logline-pepper'])(
    'doctor warns when others can read %s',
    (name) => {
      const path = join(dataDir, 'keys', name)
      chmodSync(path, 0o640)
      const { code, out } = run(['doctor'])
      chmodSync(path, 0o600)
      expect(out).toContain(`${path}: others can read it`)
      expect(out).toContain(`chmod 600 ${path}`)
      expect(code).toBe(1)
    },
  )

  test('an export verifies with the key, is of unknown signer without, and a changed one is named', async () => {
    const bundle = join(folder, 'bundle.ndjson')
    expect(run(['export', '--run', 'run_cli', '-o', bundle])).toMatchObject({ code: 0, err: '' })
    const { checkpoint_key: key } = (await (await fetch(`${server.address}/api/v1/installation`)).json()) as {
      checkpoint_key: string
    }
    expect(run(['verify', bundle, '--key', key])).toMatchObject({ code: 0 })
    expect(run(['verify', bundle])).toMatchObject({
      code: 2,
      out: expect.stringMatching(/consistent, signer unknown/i),
    })

    const changed = join(folder, 'changed.ndjson')
    writeFileSync(changed, readFileSync(bundle, 'utf8').replace('\\"amount\\":7', '\\"amount\\":8'))
    const verdict = run(['verify', changed, '--key', key])
    expect(verdict.code).toBe(1)
    expect(verdict.out).toMatch(/run_cli/)
  })

  test('a decision can be exported too, and an older checkpoint proves that nothing before it changed', async () => {
    const bundle = join(folder, 'decision.ndjson')
    run(['export', '--decision', decisionId, '-o', bundle])
    const checkpoint = readFileSync(bundle, 'utf8')
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line))
      .find(({ type }) => type === 'checkpoint')
    const kept = join(folder, 'kept.note')
    writeFileSync(kept, checkpoint.note)
    await post(server, '/v1/mcp/authorize_action', {
      intent: { action: 'purchase.create' },
      context: { request_id: 'later', amount: 8, currency: 'EUR' },
    })
    run(['export', '--run', 'run_later', '--since', checkpoint.note.split('\n')[1], '-o', bundle])
    expect(run(['verify', bundle, '--checkpoint', kept])).toMatchObject({ code: 0 })
  })

  test('what does not exist is said, with exit code 1', () => {
    expect(run(['export', '--run', 'nope'])).toMatchObject({ code: 1, err: "there is no run 'nope'\n" })
    expect(run(['export'])).toMatchObject({ code: 1, err: 'expected either --run or --decision\n' })
    expect(run(['verify', '/does/not/exist'])).toMatchObject({
      code: 1,
      err: expect.stringContaining('cannot be read'),
    })
  })

  test('a decision is approved at the command line, once, and a rejection needs a reason', async () => {
    const ask = async (requestId: string) => {
      const decision = await post(server, '/v1/mcp/authorize_action', {
        intent: { action: 'purchase.create' },
        context: { request_id: requestId, amount: 700, currency: 'EUR', merchant: 'ACME' },
      })
      const { decision_id, run_id } = decision
      await post(server, '/v1/approvals/requests', {
        decision_id,
        run_id,
        requested_by: 'agent',
        title: 'Buy',
        details: 'It',
        risk_level: 'high',
      } as object)
      return decision_id!
    }
    const id = await ask('by-hand')
    expect(run(['approve', id, '--as', 'jane'])).toMatchObject({ code: 0, out: `${id} is approved.\n` })
    expect(run(['approve', id])).toMatchObject({
      code: 1,
      err: `Approval for decision '${id}' has already been resolved\n`,
    })
    const other = await ask('by-hand-too')
    expect(run(['reject', other])).toMatchObject({ code: 1, err: 'say why: a rejection needs --reason\n' })
    expect(run(['reject', other, '--reason', 'no budget'])).toMatchObject({
      code: 0,
      out: `${other} is rejected.\n`,
    })
    expect(run(['approve', 'dec_nobody'])).toMatchObject({
      code: 1,
      err: "nobody asked for an approval of decision 'dec_nobody'\n",
    })
  })

  test('the newest checkpoint can be printed and kept; a damaged copy is the reader’s fault, not the bundle’s', () => {
    const kept = join(folder, 'newest.note')
    const { code, out } = run(['checkpoint'])
    expect(code).toBe(0)
    writeFileSync(kept, out)
    const bundle = join(folder, 'again.ndjson')
    run(['export', '--run', 'run_cli', '--since', out.split('\n')[1]!, '-o', bundle])
    expect(run(['verify', bundle, '--checkpoint', kept])).toMatchObject({ code: 0 })
    writeFileSync(kept, `${out}\n`)
    expect(run(['verify', bundle, '--checkpoint', kept])).toMatchObject({
      code: 1,
      err: expect.stringContaining('is not a checkpoint'),
    })
  })

  test('rotating the token key goes through the server; the old key stays in the published set', async () => {
    const before = (await (await fetch(`${server.address}/.well-known/jwks.json`)).json()) as {
      keys: { kid: string }[]
    }
    expect(run(['token', 'rotate'])).toMatchObject({
      code: 0,
      out: expect.stringContaining(before.keys[0]!.kid),
    })
    const after = (await (await fetch(`${server.address}/.well-known/jwks.json`)).json()) as {
      keys: { kid: string; d?: string }[]
    }
    expect(after.keys).toHaveLength(2)
    expect(after.keys[1]!.kid).toBe(before.keys[0]!.kid)
    expect(after.keys.every((key) => key.d === undefined)).toBe(true)
  })
})

test('SIGTERM ends a server in order: the lock is gone and the next start finds everything', async () => {
  const data = makeDataFolder(join(folder, 'orderly'))
  const first = await spawnServer(data)
  await post(first, '/v1/mcp/authorize_action', {
    intent: { action: 'purchase.create' },
    context: { request_id: 'kept', amount: 7, currency: 'EUR' },
  })
  await first.stop('SIGTERM')
  expect(first.process.exitCode).toBe(0)
  expect(existsSync(join(data, 'lock.json'))).toBe(false)
  const second = await spawnServer(data)
  const { status } = (await (await fetch(`${second.address}/v1/runs/run_kept/status`)).json()) as {
    status: string
  }
  expect(status).toBe('running')
  // A dead owner’s lock is no obstacle.
  await second.stop('SIGKILL')
  expect(existsSync(join(data, 'lock.json'))).toBe(true)
  const third = await spawnServer(data)
  await third.stop()
}, 60_000)
