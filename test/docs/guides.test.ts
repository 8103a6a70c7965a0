import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { AppView, Manifest, VIEW_TYPES } from '../../src/apps/schema.ts'
import { AgentInput } from '../../src/engine/agents/schema.ts'
import { PriceTable } from '../../src/engine/models/schema.ts'
import { resolveTemplate } from '../../src/engine/runs/resolve-expression.ts'
import { RunInput } from '../../src/engine/runs/schema.ts'
import { decideCondition } from '../../src/engine/tdln/decide-condition.ts'
import { checkMcpServer } from '../../src/engine/tools/handlers/check-mcp-config.ts'
import { HANDLER_TYPES, READING_SIDE_EFFECTS, RECOVERIES, ToolInput } from '../../src/engine/tools/schema.ts'
import {
  NODE_TYPES,
  NodeConfig,
  RetryPolicy,
  WorkflowDefinition,
  WorkflowInput,
} from '../../src/engine/workflows/schema.ts'
import { validateDefinition } from '../../src/engine/workflows/validate-definition.ts'
import { PolicyInput } from '../../src/kernel/policy/schema.ts'
import { startTestServer, type TestServer } from '../harness/start-test-server.ts'
import { readBlocks } from './read-blocks.ts'

const WORKFLOWS = readFileSync('docs/guides/workflows.md', 'utf8')
const APPS = readFileSync('docs/guides/apps.md', 'utf8')
const TOOLS = readFileSync('docs/guides/tools-and-agents.md', 'utf8')

type Example = Record<string, unknown>

/** The JSON examples of a guide, in order; one that does not parse fails the test that reads it. */
const examplesOf = (guide: string) =>
  readBlocks(guide)
    .filter(({ language }) => language === 'json')
    .map(({ text }) => text)

/** The cells of the first table behind a heading, row by row. */
function tableUnder(guide: string, heading: string): string[][] {
  const [table] = /^\|.*?\n(?!\|)/ms.exec(guide.slice(guide.indexOf(heading)))!
  const rows = table.trim().split('\n').slice(2)
  return rows.map((row) =>
    row
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim()),
  )
}

/** The sources of a folder as one text, tests left out. */
const readSources = (folder: string) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.includes('.test.'))
    .map((name) => readFileSync(join(folder, name), 'utf8'))
    .join('\n')

let server: TestServer
beforeAll(async () => {
  server = await startTestServer({
    // What the examples refer to. Nothing is called there.
    settings: { COUNTERSIGN_TOOL_SECRETS: '{"CRM_TOKEN": "secret of a test"}' },
  })
})
afterAll(() => server.close())

describe('the examples of docs/guides/workflows.md', () => {
  const examples = examplesOf(WORKFLOWS)
  let definition: unknown
  test('there are many', () => expect(examples.length).toBeGreaterThan(20))

  test.each(examples.map((text, index) => [index + 1, text] as const))('example %d', async (_, text) => {
    const example = JSON.parse(text) as Example
    if ('rule_expr' in example) {
      PolicyInput.parse(example)
    } else if ('definition' in example || 'entry' in example) {
      definition = 'definition' in example ? WorkflowInput.parse(example).definition : example
      const { faults, warnings } = validateDefinition(WorkflowDefinition.parse(definition), 'graph')
      expect([...faults, ...warnings]).toEqual([])
    } else if ('status' in example) {
      const { input, ...documented } = example
      const { body: workflow } = await server.post('/workflows', { name: 'example', definition })
      const { body: run, text: answer } = await server.post(`/workflows/${workflow.id}/runs`, { input })
      expect(run, answer).toMatchObject(documented)
    } else {
      RunInput.parse(example)
    }
  })

  test('every workflow of the examples is taken by a server', async () => {
    for (const text of examples) {
      const example = JSON.parse(text) as Example
      if (!('entry' in example || 'definition' in example)) continue
      const body = 'entry' in example ? { name: 'example', definition: example } : example
      const { status, text: answer } = await server.post('/workflows', body)
      expect(status, answer).toBe(201)
    }
  })
})

describe('docs/guides/apps.md', () => {
  test('its manifest is taken, and its action answers as documented', async () => {
    let answered = 0
    for (const text of examplesOf(APPS)) {
      const example = JSON.parse(text) as Example
      if ('app' in example) {
        const { status, text: answer } = await server.post('/apps/import', example)
        expect(status, answer).toBe(201)
        continue
      }
      const { body, text: answer } = await server.post('/apps/tickets/actions/triage', example.send)
      expect(body, answer).toMatchObject(example.answers as Example)
      answered++
    }
    expect(answered).toBe(2)
  })

  test('every member of a manifest and every type of view is named', () => {
    const { app } = Manifest.shape
    const names = [...Object.keys(app.shape), ...Object.keys(AppView.shape), ...VIEW_TYPES]
    expect(names.filter((name) => !APPS.includes(`\`${name}\``))).toEqual([])
  })
})

describe('what docs/guides/workflows.md says of the language', () => {
  test('every type of node, every member and every limit is named', () => {
    const names = [
      ...NODE_TYPES,
      ...Object.keys(NodeConfig.shape),
      ...Object.keys(RetryPolicy.shape),
      ...Object.keys(RunInput.shape),
      ...Object.keys(WorkflowInput.shape),
    ]
    const missing = names.filter(
      (name) => !new RegExp(`[\`"]${name}[\`"]|^### ${name}$`, 'm').test(WORKFLOWS),
    )
    expect(missing).toEqual([])
  })

  const code = (cell: string) => cell.replace(/^`(.*)`$/, '$1')

  test.each(tableUnder(WORKFLOWS, '## Expressions'))('%s becomes %s', (written, becomes) => {
    const count = { input: null, output: { tickets: ['T-1', 'T-2'] } }
    const scope = {
      input: { guest: { name: 'Ana' }, nights: 2 },
      previous: count.output,
      steps: new Map([['count', count]]),
      context: { mode: 'draft' },
    }
    expect(resolveTemplate(JSON.parse(code(written!)), scope)).toEqual(JSON.parse(code(becomes!)))
  })

  test.each(tableUnder(WORKFLOWS, '## Edges, branches, joins'))(
    '%s of %s is %s',
    (condition, output, reading) => {
      const { verdict } = decideCondition(code(condition!), JSON.parse(code(output!)))
      expect(reading).toMatch(new RegExp(`^${verdict}\\b`))
    },
  )

  test('the errors of runs are those of the program', () => {
    const source = readSources('src/engine')
    const documented = tableUnder(WORKFLOWS, '| `error_type` | meaning |').flatMap(([types]) =>
      [...types!.matchAll(/`(\w+)`/g)].map(([, type]) => type!),
    )
    expect(documented.length).toBeGreaterThan(25)
    const unknown = documented.filter(
      (type) => !source.includes(`'${type}'`) && !source.includes(`'${type.toUpperCase()}'`),
    )
    expect(unknown).toEqual([])
    // What handlers of tools fail with is their own, and told in the other guide.
    const engine = readSources('src/engine/runs') + readSources('src/engine/agents')
    const thrown = [
      ...engine.matchAll(/\bfailed\(\s*'([a-z_]+)'/g),
      ...engine.matchAll(/(?:errorType|error_type): '([a-z_]+)'/g),
    ].map(([, type]) => type!)
    expect(thrown.length).toBeGreaterThan(10)
    const silent = new Set(thrown.filter((type) => !WORKFLOWS.includes(`\`${type}\``)))
    expect([...silent]).toEqual([])
  })
})

describe('the examples of docs/guides/tools-and-agents.md', () => {
  const examples = examplesOf(TOOLS)

  test.each(examples.map((text, index) => [index + 1, text] as const))('example %d', async (_, text) => {
    const example = JSON.parse(text) as Example
    if ('rule_expr' in example) {
      PolicyInput.parse(example)
    } else if (Object.keys(example).every((name) => name.includes('/'))) {
      PriceTable.parse(example)
    } else if ('server_id' in example) {
      expect(checkMcpServer(example.server)).toEqual([])
    } else if ('tool' in example) {
      const { tool, input, ...documented } = example
      const definition = {
        entry: 'call',
        nodes: [{ id: 'call', type: 'tool', config: { tool_id: tool, input } }],
      }
      const { body: workflow } = await server.post('/workflows', { name: 'example', definition })
      const { body: run, text: answer } = await server.post(`/workflows/${workflow.id}/runs`, {})
      expect(run, answer).toMatchObject(documented)
    } else {
      const { status, text: answer } = await server.post(
        'instructions' in example ? '/agents' : '/tools',
        example,
      )
      expect(status, answer).toBe(201)
    }
  })

  test('every member, every type of handler, every recovery and every tool of the program is named', async () => {
    const { body } = await server.get('/tools')
    const own = new Set(examples.map((text) => JSON.parse(text).id))
    const builtIn = (body.data as { id: string }[]).map(({ id }) => id).filter((id) => !own.has(id))
    expect(builtIn.length).toBeGreaterThan(8)
    const names = [
      ...Object.keys(ToolInput.shape),
      ...Object.keys(AgentInput.shape),
      ...HANDLER_TYPES,
      ...RECOVERIES,
      ...READING_SIDE_EFFECTS,
      ...builtIn,
    ]
    const missing = names.filter((name) => !new RegExp(`[\`"]${name}[\`"]`).test(TOOLS))
    expect(missing).toEqual([])
  })
})
