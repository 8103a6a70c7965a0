import { existsSync, readFileSync } from 'node:fs'
import { afterAll, expect, test } from 'vitest'
import { testInvocation, timeOver } from './test-invocation.ts'
import { ODD, openTestConnections } from './test-mcp-servers.ts'

const SERVER = { ...ODD, env: { TOKEN: '{{secret.TOKEN}}' } }
const mcp = openTestConnections({ secrets: { TOKEN: '90210' } })
afterAll(() => mcp.close())

const call = (tool: string, options?: Parameters<typeof testInvocation>[2], connections = mcp) =>
  connections.handler(testInvocation({ server: SERVER, tool }, {}, options))
const said = (output: unknown) => JSON.parse((output as { content: { text: string }[] }).content[0]!.text)
const pidOf = async (connections = mcp, tenantId = 'tenant-1') =>
  said(await call('pid', { tenantId }, connections)).pid as number
const isListed = (pid: number) => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
/** Where nobody collects orphans, as in some containers, an ended process is still in the list, as a zombie. */
const isAlive = (pid: number) =>
  isListed(pid) &&
  (!existsSync(`/proc/${pid}/stat`) || !/\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8')))

test('calls share one program, and hand on the idempotency key', async () => {
  const answers = await Promise.all([call('pid'), call('pid'), call('pid')])
  expect(new Set(answers.map((answer) => said(answer).pid)).size).toBe(1)
  expect(said(answers[0]).key).toBe('key-1')
})

test('every page of a list is read', async () => {
  const listed = await mcp.listTools('tenant-1', SERVER)
  expect(listed).toMatchObject({ name: 'odd', version: '1.2.3' })
  expect(listed.tools.map(({ name }) => name)).toEqual([
    'pid',
    'slow',
    'crash',
    'fail',
    'large',
    'chatty',
    'odd',
  ])
})

test('each tenant has a program of its own', async () => {
  expect(await pidOf(mcp, 'tenant-2')).not.toBe(await pidOf(mcp, 'tenant-1'))
})

test('a program that is killed during a call: nobody knows what it did, and the next call starts another', async () => {
  const pid = await pidOf()
  const begun = mcp.line(/slow has begun/)
  const slow = call('slow')
  await begun
  process.kill(pid, 'SIGKILL')
  await expect(slow).rejects.toMatchObject({
    name: 'ToolError',
    code: 'mcp_connection_lost',
    message: expect.stringMatching(/was ended by SIGKILL while it was called; whether it did what was asked/),
    retryable: true,
    outcomeUnknown: true,
  })
  expect(await pidOf()).not.toBe(pid)
})

test('where the tool only reads, a lost answer leaves nothing in doubt', async () => {
  await expect(call('crash', { sideEffects: [] })).rejects.toMatchObject({
    code: 'mcp_connection_lost',
    message: expect.stringMatching(/ended with code 3 while it was called$/),
    retryable: true,
    outcomeUnknown: false,
  })
  await expect(call('crash')).rejects.toMatchObject({ outcomeUnknown: true })
})

test('a program that died between two calls is started again without a word', async () => {
  const pid = await pidOf()
  process.kill(pid, 'SIGKILL')
  // Not only ended: we, its parent, were told of it, and it is in no list any more.
  await expect.poll(() => isListed(pid)).toBe(false)
  expect(await pidOf()).not.toBe(pid)
})

test.each([
  ['its time limit', timeOver(), 'tool_timeout', true],
  ['a cancellation', new Error('not wanted any more'), 'tool_aborted', false],
])('%s ends a call, and the server is told', async (_, reason, code, retryable) => {
  const pid = await pidOf()
  const begun = mcp.line(/slow has begun/)
  const cancelled = mcp.line(/^cancelled: /)
  const controller = new AbortController()
  const slow = call('slow', { signal: controller.signal })
  await begun
  controller.abort(reason)
  await expect(slow).rejects.toMatchObject({ code, retryable, outcomeUnknown: true })
  expect(await cancelled).toContain((reason as Error).message)
  expect(await pidOf()).toBe(pid)
})

test('no call takes longer than is allowed', async () => {
  const impatient = openTestConnections({ secrets: { TOKEN: '90210' }, callTimeoutMs: 200 })
  await expect(call('slow', {}, impatient)).rejects.toMatchObject({
    code: 'tool_timeout',
    outcomeUnknown: true,
  })
  await impatient.close()
})

test('a tool that says it failed is an error in its own words, secrets masked', async () => {
  await expect(call('fail')).rejects.toMatchObject({
    code: 'mcp_tool_failed',
    message: 'no such ticket, token was [secret]',
    retryable: false,
    outcomeUnknown: false,
  })
  await expect(call('none')).rejects.toMatchObject({
    code: 'mcp_refused',
    message: expect.stringMatching(/no tool none/),
  })
})

test('an answer that cannot be kept is an error: it was done all the same', async () => {
  await expect(call('large')).rejects.toMatchObject({ code: 'mcp_result_too_large', outcomeUnknown: true })
  await expect(call('odd')).rejects.toMatchObject({ code: 'mcp_result_invalid', outcomeUnknown: true })
})

test('error output is told line by line, masked, and only so much of it', async () => {
  const talkative = openTestConnections({ secrets: { TOKEN: '90210' } })
  const last = talkative.line(/and more, which is not kept/)
  await call('chatty', {}, talkative)
  await last
  await talkative.close()
  const lines = talkative.lines.slice(1)
  expect(lines[0]).toMatch(/^token \[secret\] y{900}/)
  expect(lines.every((line) => line.length <= 1000)).toBe(true)
  expect(lines.join('').length).toBeLessThan(70_000)
})

test('closing ends the program, and what it called in flight', async () => {
  const closing = openTestConnections({ secrets: { TOKEN: '90210' } })
  const pid = await pidOf(closing)
  const begun = closing.line(/slow has begun/)
  const slow = call('slow', {}, closing)
  await begun
  const ended = expect(slow).rejects.toMatchObject({ code: 'mcp_connection_lost', outcomeUnknown: true })
  await closing.close()
  await ended
  expect(isAlive(pid)).toBe(false)
  await expect(call('pid', {}, closing)).rejects.toMatchObject({ code: 'mcp_closed' })
})

test('a program that nobody uses is ended after a while', async () => {
  const idle = openTestConnections({ secrets: { TOKEN: '90210' }, idleTimeoutMs: 1 })
  const first = await pidOf(idle)
  await expect.poll(() => isAlive(first), { timeout: 10_000 }).toBe(false)
  expect(await pidOf(idle)).not.toBe(first)
  await idle.close()
})

test('what a program started itself is ended with it', async () => {
  const parents = openTestConnections()
  const { command, args } = ODD
  const script = `
    const { pid } = require('node:child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])
    console.error('child ' + pid)
    import(${JSON.stringify(`file://${args[0]}`)})`
  const child = parents.line(/^child /)
  await parents.handler(testInvocation({ server: { command, args: ['-e', script] }, tool: 'pid' }))
  const pid = Number((await child).slice('child '.length))
  expect(isAlive(pid)).toBe(true)
  await parents.close()
  await expect.poll(() => isAlive(pid)).toBe(false)
})
