import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type SpawnedServer, spawnServer } from '../harness/spawn-server.ts'

const README = readFileSync('README.md', 'utf8')
const ROOT = process.cwd()
/** Printed before each block, so that the output of a block can be told from that of the next. */
const MARK = '@@ block'

type Block = { language: string; text: string; heading: string }

/** The fenced blocks of a text, in order, with the words that stand before each. */
function readBlocks(markdown: string): Block[] {
  return [...markdown.matchAll(/([^\n]*)\n\n```(\w+)\n(.*?)\n```/gs)].map(([, heading, language, text]) => ({
    heading: heading!,
    language: language!,
    text: text!,
  }))
}

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
let server: SpawnedServer
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-readme-'))
  server = await spawnServer(join(folder, 'data'))
})
afterAll(async () => {
  await server.stop()
  rmSync(folder, { recursive: true, force: true })
})

describe('the purchase story of the README', () => {
  const story = readStory()
  let outputs: string[]

  beforeAll(async () => {
    const script = story.map(({ command }) => `echo '${MARK}'\n${command}\necho`).join('\n')
    const here = script.replaceAll('http://127.0.0.1:8000', server.address).replaceAll('/tmp/', `${folder}/`)
    outputs = (await runShell(here)).split(`${MARK}\n`).slice(1)
  }, 60_000)

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

test('the stdio configuration of the README serves the tools it names', async () => {
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
})

test('begins with the two commands', () => {
  const commands = readBlocks(README).filter(({ language }) => language === 'sh')
  expect(commands.slice(0, 2).map(({ text }) => text)).toEqual([
    'npm install && npm start',
    'npm install && npm test',
  ])
})

/** Runs a script as a reader would paste it, in the folder of the checkout. */
function runShell(script: string): Promise<string> {
  const path = join(folder, 'story.sh')
  writeFileSync(path, script)
  return new Promise((resolve, reject) =>
    execFile('sh', [path], { cwd: ROOT }, (error, stdout, stderr) =>
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
