import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { AUTH_SETTINGS, type Person, signUp } from '../../gate/people.ts'
import { expectError, expectStatus, fresh } from '../../gate/purchase-client.ts'
import { DATABASES } from '../../harness/open-test-database.ts'
import { type Answer, startTestServer, type TestServer } from '../../harness/start-test-server.ts'
import { definitionOf, expectRun, type Node, type RunClient, runClient } from './run-client.ts'

const says = (value: unknown): Node => ({ id: 'say', type: 'static', config: { value } })
const gate: Node = { id: 'gate', type: 'human_gate' }
const line = (...nodes: Node[]) =>
  definitionOf(
    nodes,
    nodes.slice(1).map((node, index) => [nodes[index]!.id, node.id]),
  )

describe.each(DATABASES)('workflows on %s', (database) => {
  let server: TestServer
  let client: RunClient
  let ana: Person
  let ben: RunClient
  beforeAll(async () => {
    server = await startTestServer({ database, settings: AUTH_SETTINGS, background: true })
    ana = await signUp(server)
    client = runClient(server, { headers: ana.headers })
    ben = runClient(server, { headers: (await signUp(server, 'admin')).headers })
  })
  afterAll(() => server.close())

  const create = (body: Record<string, unknown>) =>
    client.post('/workflows', { id: fresh('wf'), name: 'A workflow', ...body })
  const patch = (id: string, body: unknown) => client.call('PATCH', `/workflows/${id}`, body)
  const remove = (id: string) => client.call('DELETE', `/workflows/${id}`)
  const resultOf = async (ref: string, input?: unknown) => (await client.run(ref, 'completed', input)).result

  test('what is stored is shown as it was sent, under both roots', async () => {
    const definition = {
      entryNode: 'say',
      nodes: [{ id: 'say', type: 'static', config: { value: { z: 1, a: [null, 1.5, 'ü'] } } }],
    }
    const made = expectStatus(await create({ definition }), 201)
    expect(made).toMatchObject({ version: '1.0.0', revision: 1, type: 'linear', warnings: [] })
    expect(JSON.stringify(made.definition)).toBe(JSON.stringify(definition))
    for (const root of ['', '/api/v1']) {
      const read = expectStatus(await client.get(`${root}/workflows/${made.id}`), 200)
      expect({ ...read, warnings: [] }).toEqual(made)
      expect(JSON.stringify(read.definition)).toBe(JSON.stringify(definition))
    }
    expect(await resultOf(made.id)).toEqual({ z: 1, a: [null, 1.5, 'ü'] })
  })

  test('another definition is another version; every version stays readable', async () => {
    const id = await client.define([says(1)])
    const first = expectStatus(await client.get(`/workflows/${id}`), 200)
    const second = expectStatus(await patch(id, { definition: line(says(2)) }), 200)
    expect(second).toMatchObject({ version: '1.0.1', revision: 2 })
    expect(second.definition_sha256).not.toBe(first.definition_sha256)
    const third = expectStatus(await patch(id, { definition: line(says(3)), version: '2.0' }), 200)
    expect(third).toMatchObject({ version: '2.0', revision: 3 })
    const { data } = expectStatus(await client.get(`/workflows/${id}/versions`), 200)
    expect(data.map(({ version }: { version: string }) => version)).toEqual(['2.0', '1.0.1', '1.0.0'])
    expect(data[2]).toMatchObject({ definition_sha256: first.definition_sha256, created_by: ana.id })
    expect(await resultOf(id)).toBe(3)
  })

  test('every version is read as it was, by its name or its hash; of several of one name the youngest', async () => {
    const id = await client.define([says(1)])
    const one = expectStatus(await client.get(`/workflows/${id}`), 200)
    const two = expectStatus(await patch(id, { definition: line(says(2)) }), 200)
    const again = expectStatus(await patch(id, { definition: line(says(3)), version: '1.0.0' }), 200)
    const version = async (ref: string, root = '') =>
      expectStatus(await client.get(`${root}/workflows/${id}/versions/${ref}`), 200)
    for (const root of ['', '/api/v1']) {
      expect(await version('1.0.1', root)).toEqual({
        workflow_id: id,
        revision: 2,
        version: '1.0.1',
        definition: two.definition,
        definition_sha256: two.definition_sha256,
        created_at: two.updated_at,
        created_by: ana.id,
      })
    }
    expect(await version('1.0.0')).toMatchObject({ revision: 3, definition: again.definition })
    expect(await version(one.definition_sha256)).toMatchObject({ revision: 1, definition: one.definition })
    expectError(await client.get(`/workflows/${id}/versions/9.9`), 404, 'VERSION_NOT_FOUND')

    const list = async (query: string) =>
      expectStatus(await client.get(`/workflows/${id}/versions?${query}`), 200)
    const [young, old] = [await list('limit=2'), await list('limit=2&page=2')]
    expect([young.total, young.page, young.limit]).toEqual([3, 1, 2])
    expect([...young.data, ...old.data].map(({ revision }) => revision)).toEqual([3, 2, 1])
    expect(young.data[0]).not.toHaveProperty('definition')
    expect((await client.get(`/workflows/${id}/versions?limit=0`)).status).toBe(422)
  })

  test('a definition outlives its workflow for as long as runs are pinned to it', async () => {
    const [used, unused] = [await client.define([says(1)]), await client.define([says(2)])]
    const run = await client.run(used, 'completed')
    for (const id of [used, unused]) expectStatus(await remove(id), 204)
    const path = `/workflows/${run.workflow_id}/versions/${run.definition_sha256}`
    expect(expectStatus(await client.get(path), 200).definition).toEqual(line(says(1)))
    expect(expectStatus(await client.get(`/workflows/${used}/versions`), 200).total).toBe(1)
    expectError(await client.get(`/workflows/${unused}/versions`), 404, 'WORKFLOW_NOT_FOUND')
    expectError(await client.get(`/workflows/${unused}/versions/1.0.0`), 404, 'WORKFLOW_NOT_FOUND')
  })

  test('a workflow that is called linear is a chain: a branch is refused, whether it is sent or comes by its type', async () => {
    const branch = definitionOf(
      [says(1), { id: 'a', type: 'static' }, { id: 'b', type: 'static' }],
      [
        ['say', 'a'],
        ['say', 'b'],
      ],
    )
    const faultOf = (answer: Answer) => expectError(answer, 422, 'INVALID_DEFINITION').details[0]
    const fault = {
      path: 'definition.edges.1',
      message: expect.stringContaining('as the workflow is linear'),
    }
    expect(faultOf(await create({ type: 'linear', definition: branch }))).toMatchObject(fault)
    const { id, type } = expectStatus(await create({ definition: branch }), 201)
    expect(type).toBe('graph')
    expect(faultOf(await patch(id, { type: 'linear' }))).toMatchObject(fault)
    expectStatus(await patch(id, { type: 'linear', definition: line(says(1)) }), 200)
    expect(faultOf(await patch(id, { definition: branch }))).toMatchObject(fault)
    expectStatus(await patch(id, { type: 'subgraph', definition: branch }), 200)
    expect(await resultOf(id)).toEqual({ a: 1, b: 1 })
  })

  test('a new name alone, or the same definition, is no new version', async () => {
    const id = await client.define([says(1)])
    const name = fresh('renamed')
    expect(expectStatus(await patch(id, { name }), 200)).toMatchObject({
      name,
      revision: 1,
      version: '1.0.0',
    })
    expect(expectStatus(await patch(id, { definition: line(says(1)) }), 200).revision).toBe(1)
  })

  test('a run is started by id or by name; of several of one name the one changed last is meant', async () => {
    const name = fresh('name')
    const [older, newer] = [fresh('wf'), fresh('wf')]
    expectStatus(await create({ id: older, name, definition: line(says('older')) }), 201)
    expectStatus(await create({ id: newer, name, definition: line(says('newer')) }), 201)
    expect(await resultOf(name)).toBe('newer')
    expectStatus(await patch(older, { definition: line(says('changed')) }), 200)
    expect(await resultOf(name)).toBe('changed')
    expect(await resultOf(newer)).toBe('newer')
    // An id goes before a name.
    expectStatus(await create({ id: fresh('wf'), name: newer, definition: line(says('by name')) }), 201)
    expect(await resultOf(newer)).toBe('newer')
  })

  test('a changed workflow is what the very next run is made of, also while many are started', async () => {
    const id = await client.define([says(0)])
    for (let version = 1; version <= 10; version++) {
      const others = Array.from({ length: 8 }, () => client.start(id))
      expectStatus(await patch(id, { definition: line(says(version)) }), 200)
      expect(await resultOf(id)).toBe(version)
      for (const answer of await Promise.all(others)) {
        expect([version - 1, version]).toContain(expectStatus(answer, 201).result)
      }
    }
  })

  test('a paused run keeps the definition it began with after it was changed, and after it was removed', async () => {
    const id = await client.define([gate, says('as it was')], [['gate', 'say']])
    const [changed, removed] = [await client.run(id, 'paused'), await client.run(id, 'paused')]
    expectStatus(await patch(id, { definition: line(says('as it is now')) }), 200)
    const after = expectStatus(await client.resume(changed.id, { approved: true }), 200)
    expect(after).toMatchObject({ status: 'completed', result: 'as it was', workflow_version: '1.0.0' })
    expect(await resultOf(id)).toBe('as it is now')

    expectStatus(await remove(id), 204)
    expectError(await client.get(`/workflows/${id}`), 404, 'WORKFLOW_NOT_FOUND')
    expectError(await client.start(id), 404, 'WORKFLOW_NOT_FOUND')
    expectError(await remove(id), 404, 'WORKFLOW_NOT_FOUND')
    expect(expectStatus(await client.resume(removed.id, { approved: true }), 200).result).toBe('as it was')
    expectError(await create({ id, definition: line(says(1)) }), 409, 'WORKFLOW_EXISTS')
  })

  test('a workflow without runs is gone for good, and its id is free', async () => {
    const id = await client.define([says(1)])
    expectStatus(await remove(id), 204)
    expectStatus(await create({ id, definition: line(says(2)) }), 201)
    expect(await resultOf(id)).toBe(2)
  })

  test('lists are told by pages, youngest first, with how many there are', async () => {
    const before = expectStatus(await client.get('/workflows'), 200)
    expect(before).toMatchObject({ page: 1, limit: 10 })
    const ids: string[] = []
    for (let count = 0; count < 5; count++) ids.unshift(await client.define([says(count)]))
    const list = async (query: string) => expectStatus(await client.get(`/workflows?${query}`), 200)
    const idsOf = ({ data }: { data: { id: string }[] }) => data.map(({ id }) => id)
    expect(idsOf(await list('limit=5')).toSorted()).toEqual(ids.toSorted())
    expect((await list('limit=5')).total).toBe(before.total + 5)
    const [one, two] = [await list('limit=2&page=1'), await list('limit=2&page=2')]
    expect(new Set([...idsOf(one), ...idsOf(two)]).size).toBe(4)
    expect(idsOf(await list('limit=2&page=1000'))).toEqual([])
    for (const query of ['page=0', 'limit=0', 'limit=201', 'page=x', 'pages=1']) {
      expect((await client.get(`/workflows?${query}`)).status, query).toBe(422)
    }
  })

  test('runs are listed by pages, by workflow and by status', async () => {
    const id = await client.define([gate])
    const runs = [
      await client.run(id, 'paused'),
      await client.run(id, 'paused'),
      await client.run(id, 'paused'),
    ]
    expectStatus(await client.resume(runs[1].id, { approved: true }), 200)
    const list = async (query: string) =>
      expectStatus(await client.get(`/runs?workflow_id=${id}&${query}`), 200)
    expect((await list('limit=2')).total).toBe(3)
    expect((await list('limit=2&page=2')).data).toHaveLength(1)
    const completed = await list('status=completed')
    expect(completed.data.map((run: { id: string }) => run.id)).toEqual([runs[1].id])
    expect(completed.total).toBe(1)
    expect((await client.get('/runs?status=unheard')).status).toBe(422)
  })

  test.each<[string, Record<string, unknown>, string]>([
    ['no definition', {}, 'definition'],
    ['no name', { name: '  ', definition: line(says(1)) }, 'name'],
    ['a type that does not exist', { type: 'tree', definition: line(says(1)) }, 'type'],
    ['a member nobody knows', { definition: line(says(1)), owner: 'me' }, 'owner'],
    ['an id with a slash', { id: 'a/b', definition: line(says(1)) }, 'id'],
    ['a definition that is a text', { definition: 'entry: a' }, 'definition'],
    [
      'a node type that does not exist',
      { definition: line({ id: 'a', type: 'magic' }) },
      'definition.nodes.0.type',
    ],
    [
      'a tool that does not exist',
      { definition: line({ id: 'a', type: 'tool_node', config: { tool_id: 'no.such' } }) },
      'definition.nodes.0.config.tool_id',
    ],
    [
      'an agent that does not exist',
      { definition: line({ id: 'a', type: 'agent_node', config: { agent_id: 'no.such' } }) },
      'definition.nodes.0.config.agent_id',
    ],
    [
      'a workflow that does not exist',
      { definition: line({ id: 'a', type: 'subgraph', config: { workflow_id: 'no.such' } }) },
      'definition.nodes.0.config.workflow_id',
    ],
    [
      'an input_schema that is none',
      { definition: { ...line(says(1)), input_schema: { type: 'rocket' } } },
      'definition.input_schema.type',
    ],
  ])('%s is refused and told where; nothing is stored', async (_, body, path) => {
    const id = (body.id as string) ?? fresh('wf')
    const answer = await create({ id, ...body })
    expect(answer.status, answer.text).toBe(422)
    expect(answer.body.error.details.map((detail: { path: string }) => detail.path)).toContain(path)
    expect((await client.get(`/workflows/${encodeURIComponent(id)}`)).status).toBe(404)
  })

  test('a changed definition with a fault changes nothing', async () => {
    const id = await client.define([says(1)])
    const before = expectStatus(await client.get(`/workflows/${id}`), 200)
    const answer = await patch(id, { name: 'another', definition: { ...line(says(2)), entry: 'nowhere' } })
    expect(expectError(answer, 422, 'INVALID_DEFINITION').details[0]!.path).toBe('definition.entry')
    expect(expectStatus(await client.get(`/workflows/${id}`), 200)).toEqual(before)
  })

  test('both spellings of a tool name the same tool', async () => {
    const id = await client.define([
      { id: 'fetch', type: 'tool_node', config: { tool_id: 'tool.ticketing.list_open' } },
    ])
    const run = await client.run(id, 'completed')
    expect((await client.payloads(run.id, 'tool_call'))[0].tool_id).toBe('ticketing.list_open')
  })

  test('an input that does not fit the workflow is refused before a run exists', async () => {
    const input_schema = { type: 'object', required: ['hotel'], properties: { hotel: { type: 'string' } } }
    const id = await client.define([says(1)], [], { input_schema })
    const error = expectError(await client.start(id, { hotel: 5 }), 422, 'INVALID_RUN_INPUT')
    expect(error.details[0]!.path).toBe('input.hotel')
    expectError(await client.start(id, {}), 422, 'INVALID_RUN_INPUT')
    expect(expectStatus(await client.get(`/runs?workflow_id=${id}`), 200).total).toBe(0)
    await client.run(id, 'completed', { hotel: 'VV-LISBON' })
  })

  test.each<[string, unknown]>([
    ['a mode that does not exist', { mode: 'turbo' }],
    ['a negative limit', { cost_limit_cents: -1 }],
    ['half a call', { llm_calls_limit: 0.5 }],
    ['no time at all', { latency_slo_ms: 0 }],
    ['a tenant in the body', { tenant_id: 'other' }],
    ['a list', []],
  ])('a start with %s is refused, and there is no run', async (_, body) => {
    const id = await client.define([says(1)])
    expect((await client.post(`/workflows/${id}/runs`, body)).status).toBe(422)
    expect(expectStatus(await client.get(`/runs?workflow_id=${id}`), 200).total).toBe(0)
  })

  test('a start without a body is a draft with an empty input', async () => {
    const id = await client.define([{ id: 'a', type: 'static' }])
    const run = expectStatus(await client.post(`/workflows/${id}/runs`), 201)
    expect(run).toMatchObject({ status: 'completed', mode: 'draft', input: {}, result: {}, user_id: ana.id })
  })

  describe('another tenant', () => {
    test('finds no workflow and no run of ours by any route, and changes nothing', async () => {
      const id = await client.define([gate])
      const run = await client.run(id, 'paused')
      const { decision_id } = run.waiting
      const before = [
        await client.get(`/workflows/${id}`),
        await client.get(`/runs/${run.id}`),
        await client.get(`/runs/${run.id}/events`),
      ].map(({ text }) => text)
      const decide = { decision: 'approved', approver_id: 'ben' }
      const tries: [string, string, unknown?][] = [
        ['GET', `/workflows/${id}`],
        ['GET', `/workflows/${id}/versions`],
        ['GET', `/workflows/${id}/versions/1.0.0`],
        ['GET', `/workflows/${id}/versions/${run.definition_sha256}`],
        ['PATCH', `/workflows/${id}`, { name: 'mine now' }],
        ['DELETE', `/workflows/${id}`],
        ['POST', `/workflows/${id}/runs`, {}],
        ['GET', `/runs/${run.id}`],
        ['GET', `/runs/${run.id}/steps`],
        ['GET', `/runs/${run.id}/events`],
        ['GET', `/runs/${run.id}/stream`],
        ['PATCH', `/runs/${run.id}/resume`, { approval_input: { approved: true } }],
        ['POST', `/runs/${run.id}/cancel`],
        ['POST', `/runs/${run.id}/retry`],
        ['POST', `/runs/${run.id}/fork`, { from_step: 'gate' }],
        ['POST', `/runs/${run.id}/events`, { name: 'ping' }],
        ['GET', `/v1/runs/${run.id}/journal`],
        ['GET', `/v1/approvals/decisions/${decision_id}`],
        ['POST', `/v1/approvals/decisions/${decision_id}`, decide],
      ]
      for (const [method, path, body] of tries) {
        for (const root of path.startsWith('/v1') ? [''] : ['', '/api/v1']) {
          const answer = await ben.call(method, root + path, body)
          expect([method, root + path, answer.status]).toEqual([method, root + path, 404])
        }
      }
      expect(
        expectStatus(await ben.get('/workflows?limit=200'), 200).data.map((one: { id: string }) => one.id),
      ).not.toContain(id)
      expect(expectStatus(await ben.get('/runs'), 200)).toMatchObject({ data: [], total: 0 })
      const after = [
        await client.get(`/workflows/${id}`),
        await client.get(`/runs/${run.id}`),
        await client.get(`/runs/${run.id}/events`),
      ].map(({ text }) => text)
      expect(after).toEqual(before)
    })

    test('has workflows, tools and agents of its own under the same ids', async () => {
      const id = fresh('wf')
      expectStatus(await create({ id, definition: line(says('ours')) }), 201)
      expectStatus(await ben.post('/workflows', { id, name: id, definition: line(says('theirs')) }), 201)
      expect(await resultOf(id)).toBe('ours')
      const theirs = expectStatus(await ben.start(id), 201)
      expectRun(theirs, 'completed')
      expect(theirs.result).toBe('theirs')

      const agent = await client.addAgent()
      expectError(await ben.get(`/agents/${agent}`), 404, 'AGENT_NOT_FOUND')
      expectError(await ben.post(`/agents/${agent}/test`, { input: {} }), 404, 'AGENT_NOT_FOUND')
      const tool = await client.addTool('https://example.com/')
      expectError(await ben.get(`/tools/${tool}`), 404, 'TOOL_NOT_FOUND')
      const foreign = line({ id: 'a', type: 'tool_node', config: { tool_id: tool } })
      const answer = await ben.post('/workflows', { id: fresh('wf'), name: 'x', definition: foreign })
      expectError(answer, 422, 'INVALID_DEFINITION')
    })
  })

  test.each([
    ['GET', '/workflows/nowhere'],
    ['GET', '/workflows/nowhere/versions'],
    ['GET', '/workflows/nowhere/versions/1.0.0'],
    ['DELETE', '/workflows/nowhere'],
    ['POST', '/workflows/nowhere/runs'],
    ['GET', '/runs/nowhere'],
    ['GET', '/runs/nowhere/steps'],
    ['GET', '/runs/nowhere/events'],
    ['GET', '/runs/nowhere/stream'],
    ['PATCH', '/runs/nowhere/resume'],
    ['POST', '/runs/nowhere/cancel'],
    ['POST', '/runs/nowhere/retry'],
  ])('%s %s is 404 in the envelope', async (method, path) => {
    const answer = await client.call(method, path)
    expect(answer.status, answer.text).toBe(404)
    expect(answer.body.error.code).toMatch(/^(WORKFLOW|RUN)_NOT_FOUND$/)
  })

  test('without a credential nothing is told', async () => {
    const nobody = runClient(server)
    for (const path of ['/workflows', '/runs', '/tools', '/agents']) {
      expectError(await nobody.get(path), 401, 'UNAUTHENTICATED')
    }
    expectError(await nobody.start('demo_ticket_triage_v1'), 401, 'UNAUTHENTICATED')
  })

  test('a key that may only read starts, moves and changes nothing', async () => {
    const reader = await ana.withKey(['read'])
    const id = await client.define([gate])
    const run = await client.run(id, 'paused')
    expectStatus(await reader.get(`/runs/${run.id}`), 200)
    for (const path of [`/workflows/${id}/runs`, `/runs/${run.id}/cancel`, `/runs/${run.id}/retry`]) {
      expect((await reader.post(path, {})).status, path).toBe(403)
    }
    expectRun(await client.read(run.id), 'paused')
  })
})
