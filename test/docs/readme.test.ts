import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { SpawnedProgram } from '../harness/spawn-program.ts'
import { spawnServer } from '../harness/spawn-server.ts'
import { type Block, readBlocks } from './read-blocks.ts'

const README = readFileSync('README.md', 'utf8')
const ROOT = process.cwd()
/** npm and npx take seconds to start on a busy machine. */
const SLOW = 120_000
/** Printed before each block, so that the output of a block can be told from that of the next. */
const MARK = '@@ block'

/** What the README runs, each with the outcome it documents; null where it documents none. */
function readStory(): { command: string; outcome: Block | null }[] {
  const [, story] = /<!-- story -->(.*)<!-- \/story -->/s.exec(README)!
  const blocks = readBlocks(story!)
  return blocks.flatMap(({ language, text }, index) => {
    if (language !== 'sh') return []
    const next = blocks[index + 1]
    return [{ command: text, outcome: next && next.language !== 'sh' ? next : null }]
  })
}

let folder: string
let server: SpawnedProgram
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-readme-'))
  // As `npm start` brings it.
  server = await spawnServer(join(folder, 'data'), { DEVNET: 'on', DEVNET_PORT: '0' })
})
afterAll(async () => {
  await server.stop()
  rmSync(folder, { recursive: true, force: true })
})

describe('the story of the README', () => {
  const story = readStory()
  let outputs: string[]

  beforeAll(async () => {
    const script = story.map(({ command }) => `echo '${MARK}'\n${command}\necho`).join('\n')
    const here = script.replaceAll('http://127.0.0.1:8000', server.address).replaceAll('/tmp/', `${folder}/`)
    outputs = (await runShell(here)).split(`${MARK}\n`).slice(1)
  }, SLOW)

  test('has a block for every step', () => {
    expect(story.length).toBeGreaterThanOrEqual(12)
    expect(outputs).toHaveLength(story.length)
  })

  for (const [index, { command, outcome }] of story.entries()) {
    if (!outcome) continue
    test(`answers as documented: ${command.split('\n')[0]!.slice(0, 70)}`, () => {
      if (outcome.language === 'json') {
        expect(JSON.parse(outputs[index]!)).toMatchObject(JSON.parse(outcome.text))
      } else {
        expectLines(outputs[index]!, outcome.text)
      }
    })
  }
})

test(
  'the steps of the verify guide keep a checkpoint and hold a later export against it',
  async () => {
    const guide = readFileSync('docs/guides/verify.md', 'utf8')
    const steps = readBlocks(guide).filter(({ text }) => text.includes('kept.checkpoint'))
    expect(steps).toHaveLength(2)
    await authorize('audited')
    const bundle = await fetch(`${server.address}/v1/runs/run_audited/export`)
    writeFileSync(join(folder, 'bundle.ndjson'), await bundle.text())
    const installation = await fetch(`${server.address}/api/v1/installation`)
    const { checkpoint_key: key } = (await installation.json()) as { checkpoint_key: string }
    await runShell(steps[0]!.text, folder)
    await authorize('another')
    const output = await runShell(`RUN=run_audited KEY='${key}'\n${steps[1]!.text}`, folder)
    expectLines(output, 'VERIFIED\nexit code 0')
    expect(output).toContain('earlier-checkpoint')
  },
  SLOW,
)

test('the pages that the README names answer', async () => {
  for (const path of ['/', '/studio/', '/docs', '/openapi.json', '/healthz']) {
    const { status } = await fetch(server.address + path)
    // 503: the Studio says that it is being built.
    expect([200, 503], path).toContain(status)
  }
})

test(
  'the stdio configuration of the README serves the tools it names',
  async () => {
    const config = readBlocks(README).find(
      ({ language, text }) => language === 'json' && text.includes('"command"'),
    )!
    const { command, args } = JSON.parse(config.text).mcpServers.countersign as {
      command: string
      args: string[]
    }
    const client = new Client({ name: 'readme-test', version: '1.0.0' })
    await client.connect(
      new StdioClientTransport({
        command,
        args: args.map((argument) => argument.replace('/path/to/countersign', ROOT)),
        env: { PATH: process.env.PATH!, DATA_DIR: join(folder, 'data') },
        cwd: folder,
        stderr: 'ignore',
      }) as never,
    )
    const { tools } = await client.listTools()
    await client.close()
    const named = tools.map(({ name }) => name).filter((name) => README.includes(`\`${name}\``))
    expect(named).toEqual(tools.map(({ name }) => name))
    expect(tools.length).toBeGreaterThan(5)
  },
  SLOW,
)

test('begins with the two commands', () => {
  const commands = readBlocks(README).filter(({ language }) => language === 'sh')
  expect(commands.slice(0, 2).map(({ text }) => text)).toEqual([
    'npm install && npm start',
    'npm install && npm test',
  ])
})

async function authorize(requestId: string): Promise<void> {
  const response = await fetch(`${server.address}/v1/mcp/authorize_action`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      intent: { action: 'purchase.create' },
      context: { request_id: requestId, amount: 20, currency: 'EUR', merchant: 'ACME' },
    }),
  })
  expect(response.status).toBe(200)
}

/** Runs a script as a reader would paste it; elsewhere than in the checkout the command is called by its path. */
function runShell(script: string, cwd = ROOT): Promise<string> {
  const path = join(folder, 'story.sh')
  writeFileSync(
    path,
    cwd === ROOT ? script : script.replaceAll('npx countersign', `node ${ROOT}/bin/countersign.mjs`),
  )
  return new Promise((resolve, reject) =>
    execFile(
      'sh',
      [path],
      { cwd, env: { ...process.env, DATA_DIR: join(folder, 'data') } },
      (error, stdout, stderr) =>
        error
          ? reject(new Error(`the story ended early: ${error.message}\n${stdout}\n${stderr}`))
          : resolve(stdout),
    ),
  )
}

/** Each documented line begins a line of the output, in this order. */
function expectLines(output: string, documented: string): void {
  const lines = output.split('\n')
  let from = 0
  for (const line of documented.split('\n')) {
    const at = lines.findIndex((candidate, index) => index >= from && candidate.startsWith(line))
    expect(at, `'${line}' in:\n${output}`).toBeGreaterThanOrEqual(0)
    from = at + 1
  }
}
