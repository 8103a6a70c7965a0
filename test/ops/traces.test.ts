import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import pino from 'pino'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { sendJson } from '../../src/engine/models/chat-server.fixture.ts'
import type { EndedSpan } from '../../src/ops/telemetry/span.ts'
import { runClient, whenHappened } from '../engine/runs/run-client.ts'
import { asksFor, openRunWorld, type RunWorld } from '../engine/runs/run-world.ts'
import { expectStatus, purchaseClient } from '../gate/purchase-client.ts'
import { createPostgresDatabase, DATABASES } from '../harness/open-test-database.ts'
import { startTestServer } from '../harness/start-test-server.ts'
import { type CollectedSpan, openCollector } from './collector.ts'

type Collector = Awaited<ReturnType<typeof openCollector>>

/** What docs/guides/operate.md tells people to compute. */
const traceOf = (runId: string) => createHash('sha256').update(runId).digest('hex').slice(0, 32)
const named = (spans: CollectedSpan[], name: string) => {
  const found = spans.filter((span) => span.name === name)
  expect(
    spans.map((span) => span.name),
    `one span '${name}'`,
  ).toContain(name)
  expect(found, `one span '${name}'`).toHaveLength(1)
  return found[0]!
}
const eventNames = ({ events }: CollectedSpan) => events.map(({ name }) => name)

describe.each(DATABASES)('traces of runs, on %s', (database) => {
  let collector: Collector
  let place: RunWorld
  beforeAll(async () => {
    collector = await openCollector()
    place = await openRunWorld({
      signedIn: false,
      database,
      settings: {
        OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
        OTEL_EXPORTER_OTLP_HEADERS: 'x-team=gate%20keepers',
        OTEL_SERVICE_NAME: 'the-gate',
        OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test',
      },
    })
  })
  afterAll(async () => {
    await place.close()
    await collector.close()
  })

  test('one run is one trace: the run, its steps, agents, models and tools, each below what it is part of', async () => {
    const { client, model, world } = place
    const toolId = await client.addTool(world.url('/traced'))
    const agentId = await client.addAgent({ allowed_tools: [toolId] })
    const workflow = await client.define([{ id: 'think', type: 'agent_node', config: { agent_id: agentId } }])
    model.willAnswer(asksFor(toolId, { note: 'private words' }), 'a private answer')
    const run = await client.run(workflow, 'completed', { question: 'a private question' })

    const spans = await collector.whenTold(traceOf(run.id), `invoke_workflow ${workflow}`)
    const root = named(spans, `invoke_workflow ${workflow}`)
    const step = named(spans, 'step think')
    const agent = named(spans, `invoke_agent ${agentId}`)
    const tool = named(spans, `execute_tool ${toolId}`)
    const chats = spans.filter(({ name }) => name === 'chat local')
    expect(spans).toHaveLength(6)
    expect(root.parentSpanId).toBeUndefined()
    expect([step.parentSpanId, agent.parentSpanId]).toEqual([root.spanId, step.spanId])
    expect([tool, ...chats].map(({ parentSpanId }) => parentSpanId)).toEqual(Array(3).fill(agent.spanId))
    expect(new Set(spans.map(({ spanId }) => spanId)).size).toBe(6)

    const place_ = { 'countersign.run_id': run.id, 'countersign.tenant_id': 'default' }
    for (const span of spans) expect(span.attributes).toMatchObject(place_)
    expect(root.attributes).toMatchObject({
      'gen_ai.operation.name': 'invoke_workflow',
      'countersign.status': 'completed',
      'countersign.llm_calls': 2,
      'gen_ai.usage.input_tokens': 80,
      'gen_ai.usage.output_tokens': 14,
    })
    expect(agent.attributes).toMatchObject({
      'gen_ai.operation.name': 'invoke_agent',
      'gen_ai.agent.id': agentId,
      'gen_ai.agent.name': agentId,
    })
    expect(chats[0]).toMatchObject({
      kind: 3,
      attributes: {
        'gen_ai.operation.name': 'chat',
        'gen_ai.provider.name': 'openai-compatible',
        'gen_ai.request.model': 'local',
        'gen_ai.response.model': 'local',
        'gen_ai.response.finish_reasons': ['tool-calls'],
        'gen_ai.usage.input_tokens': 40,
        'gen_ai.usage.output_tokens': 7,
      },
    })
    const [intent] = await client.payloads(run.id, 'tool_call_intended')
    expect(tool.attributes).toMatchObject({
      'gen_ai.operation.name': 'execute_tool',
      'gen_ai.tool.name': toolId,
      'gen_ai.tool.call.id': intent!.call_id,
      'countersign.decision_id': intent!.decision_id,
      'countersign.outcome': 'done',
    })
    expect(root.resource).toMatchObject({
      'service.name': 'the-gate',
      'deployment.environment.name': 'test',
      'telemetry.sdk.language': 'nodejs',
    })
    expect(collector.requests[0]).toMatchObject({ path: '/v1/traces', headers: { 'x-team': 'gate keepers' } })

    const events = await client.events(run.id)
    const nanoseconds = (kind: string) => {
      const found = events.find((event: { kind: string }) => event.kind === kind)
      return BigInt(Date.parse(found.ts)) * 1_000_000n
    }
    // Events may carry fractions of a millisecond, so that they stand in order.
    const tolerance = 1_000_000n
    for (const [told, kind] of [
      [root.startTimeUnixNano, 'run_started'],
      [root.endTimeUnixNano, 'run_completed'],
      [step.startTimeUnixNano, 'step_started'],
    ] as const) {
      const difference = BigInt(told) - nanoseconds(kind)
      expect(difference >= 0n && difference <= tolerance, `${kind} ${difference}`).toBe(true)
    }
    // What people and models wrote is nobody's business who did not ask for it.
    expect(collector.requests.map(({ body }) => body).join()).not.toContain('private')
  })

  test('decisions and answers of people are events of the step that they are about', async () => {
    const { client, world } = place
    const toolId = await client.addTool(world.url('/asked'), { side_effects: ['external_write'] })
    const workflow = await client.define(
      [
        { id: 'gate', type: 'human_gate' },
        { id: 'call', type: 'tool_node', config: { tool_id: toolId } },
      ],
      [['gate', 'call']],
    )
    const run = await client.run(workflow, 'paused', {}, { mode: 'draft' })
    expectStatus(await client.resume(run.id, { approved: true }), 200)
    const paused = await client.read(run.id)
    expectStatus(await client.resume(run.id, { approved: true }), 200)

    const spans = await collector.whenTold(traceOf(run.id), `invoke_workflow ${workflow}`)
    const gate = named(spans, 'step gate')
    expect(eventNames(gate)).toEqual(['countersign.approval_requested', 'countersign.approval_resolved'])
    const call = named(spans, 'step call')
    expect(eventNames(call)).toEqual([
      'countersign.decision',
      'countersign.approval_requested',
      'countersign.approval_resolved',
    ])
    for (const { attributes } of call.events)
      expect(attributes['countersign.decision_id']).toBe(paused.waiting.decision_id)
    expect(call.events[0]!.attributes).toMatchObject({ 'countersign.effect': 'allow' })
    expect(call.events.at(-1)!.attributes).toMatchObject({ 'countersign.status': 'approved' })
    expect(eventNames(named(spans, `invoke_workflow ${workflow}`))).toEqual(
      expect.arrayContaining(['countersign.decision', 'countersign.run_paused', 'countersign.run_resumed']),
    )
    expect(named(spans, `execute_tool ${toolId}`).parentSpanId).toBe(call.spanId)
  })

  test('a failure says of what kind it is, and a retry is one more span of the run', async () => {
    const { client, model } = place
    const agentId = await client.addAgent()
    const workflow = await client.define([{ id: 'think', type: 'agent_node', config: { agent_id: agentId } }])
    model.willAnswer((response) => sendJson(response, 401, { error: { message: 'a private reason' } }))
    const run = await client.run(workflow, 'failed')
    const [root] = (await collector.whenTold(traceOf(run.id), `invoke_workflow ${workflow}`)).filter(
      ({ name }) => name.startsWith('invoke_workflow'),
    )
    expect(root).toMatchObject({
      status: { code: 2 },
      attributes: { 'error.type': 'model_unauthorized', 'countersign.status': 'failed' },
    })
    expect(root!.status.message).toBeUndefined()
    expect(named(collector.ofTrace(traceOf(run.id)), 'chat local').attributes['error.type']).toBe('_OTHER')

    model.willAnswer('better')
    expectStatus(await client.retry(run.id), 200)
    const isSecond = ({ name, spanId }: CollectedSpan) =>
      name === `invoke_workflow ${workflow}` && spanId !== root!.spanId
    await expect
      .poll(() => collector.ofTrace(traceOf(run.id)).filter(isSecond), { timeout: 10_000 })
      .toHaveLength(1)
    const spans = collector.ofTrace(traceOf(run.id))
    const second = spans.find(isSecond)!
    expect(second.attributes['countersign.status']).toBe('completed')
    expect(second.links).toMatchObject([{ spanId: root!.spanId }])
    expect(new Set(spans.map(({ spanId }) => spanId)).size).toBe(spans.length)
    expect(collector.requests.map(({ body }) => body).join()).not.toContain('private')
  })

  test('what a cancelled run had under way ends with it, and a call when its outcome is known', async () => {
    const { client, world, server } = place
    const held = world.hold('/held')
    const toolId = await client.addTool(world.url('/held'))
    const workflow = await client.define([{ id: 'call', type: 'tool_node', config: { tool_id: toolId } }])
    const starting = client.start(workflow)
    await held.arrived
    const [running] = expectStatus(await client.get('/runs?status=running'), 200).data
    const told = whenHappened(server, running.id, 'tool_call')
    expectStatus(await client.cancel(running.id), 200)
    held.release()
    await Promise.all([starting, told])
    const spans = await collector.whenTold(traceOf(running.id), `execute_tool ${toolId}`)
    const step = named(spans, 'step call')
    expect(step.attributes['error.type']).toBe('run_cancelled')
    expect(named(spans, `invoke_workflow ${workflow}`)).toMatchObject({
      status: { code: 0 },
      attributes: { 'countersign.status': 'cancelled' },
    })
    const call = named(spans, `execute_tool ${toolId}`)
    expect(call).toMatchObject({
      parentSpanId: step.spanId,
      attributes: { 'countersign.outcome': 'unknown' },
    })
  })

  test('a child is a trace of its own, and both are linked; so is whoever asked with a traceparent', async () => {
    const { client, server, headers } = place
    const inner = await client.define([{ id: 'say', type: 'static', config: { value: 1 } }])
    const outer = await client.define([{ id: 'child', type: 'subgraph', config: { workflow_id: inner } }])
    const caller = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331' }
    const traceparent = `00-${caller.traceId}-${caller.spanId}-01`
    const asked = runClient(server, { headers: { ...headers, traceparent } })
    const run = await asked.run(outer, 'completed')
    const [
      {
        child_run_ids: [childId],
      },
    ] = await client.steps(run.id)

    const above = await collector.whenTold(traceOf(run.id), `invoke_workflow ${outer}`)
    const below = await collector.whenTold(traceOf(childId), `invoke_workflow ${inner}`)
    const step = named(above, 'step child')
    const child = named(below, `invoke_workflow ${inner}`)
    expect(child.links).toMatchObject([{ traceId: traceOf(run.id), spanId: step.spanId }])
    expect(step.links).toMatchObject([{ traceId: traceOf(childId), spanId: child.spanId }])
    expect(named(above, `invoke_workflow ${outer}`).links).toMatchObject([caller])
  })

  test('a purchase is told too: what was decided, how long people took to answer, and the execution below that', async () => {
    const client = purchaseClient(place.server)
    const purchase = { amount: 250, merchant: 'ACME' }
    const { decision_id: decisionId, run_id: runId } = expectStatus(await client.authorize(purchase), 200)
    expectStatus(await client.register({ decision_id: decisionId, run_id: runId }), 200)
    expectStatus(await client.resolve(decisionId), 200)
    const { execution_token: token } = expectStatus(await client.mint(decisionId), 200)
    expectStatus(await client.execute(token, purchase), 200)
    const spans = await collector.whenTold(traceOf(runId), 'execute_tool purchase.create')
    const decision = named(spans, 'authorize purchase.create')
    const approval = named(spans, 'approve purchase.create')
    const execution = named(spans, 'execute_tool purchase.create')
    expect(decision.attributes).toMatchObject({
      'countersign.decision_id': decisionId,
      'countersign.effect': 'require_approval',
    })
    expect(approval.attributes).toMatchObject({ 'countersign.status': 'approved' })
    expect(eventNames(approval)).toEqual(['countersign.approval_resolved'])
    expect([approval, execution].map(({ parentSpanId }) => parentSpanId)).toEqual([
      decision.spanId,
      approval.spanId,
    ])
  })
})

test('on a database that several servers share each span is told once, by the server that ended it', async () => {
  const collector = await openCollector()
  const databaseUrl = await createPostgresDatabase()
  const settings = (name: string) => ({
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${collector.url}/custom`,
    OTEL_SERVICE_NAME: name,
  })
  const here = await startTestServer({ databaseUrl, settings: settings('here') })
  const there = await startTestServer({ databaseUrl, settings: settings('there') })
  const workflow = await runClient(here).define(
    [
      { id: 'gate', type: 'human_gate' },
      { id: 'after', type: 'static', config: { value: 1 } },
    ],
    [['gate', 'after']],
  )
  const run = await runClient(here).run(workflow, 'paused')
  expectStatus(await runClient(there).resume(run.id, { approved: true }), 200)
  // Both send what they have before they end.
  await Promise.all([here.close(), there.close()])
  expect(collector.requests[0]!.path).toBe('/custom')
  const spans = collector.ofTrace(traceOf(run.id))
  expect(spans.map(({ name, resource }) => [name, resource['service.name']]).sort()).toEqual([
    [`invoke_workflow ${workflow}`, 'there'],
    ['step after', 'there'],
    ['step gate', 'there'],
  ])
  const root = named(spans, `invoke_workflow ${workflow}`)
  expect(named(spans, 'step gate').parentSpanId).toBe(root.spanId)
  expect(eventNames(named(spans, 'step gate'))).toEqual([
    'countersign.approval_requested',
    'countersign.approval_resolved',
  ])
  await collector.close()
})

describe('what is told beside the shape of a run', () => {
  const runOf = async (place: RunWorld) => {
    const { client, model, world } = place
    const toolId = await client.addTool(world.url('/content'))
    const agentId = await client.addAgent({
      allowed_tools: [toolId],
      instructions: 'Mind csk_0123456789abcdefghij',
    })
    const workflow = await client.define([{ id: 'think', type: 'agent_node', config: { agent_id: agentId } }])
    model.willAnswer(
      asksFor(toolId, { note: 'private words' }),
      'a private answer of sk-0123456789abcdef0123',
    )
    return {
      run: await client.run(workflow, 'completed', { question: 'a private question' }),
      workflow,
      toolId,
    }
  }

  test('texts, where both switches allow it, without what looks like a credential or is a secret of the settings', async () => {
    const collector = await openCollector()
    const place = await openRunWorld({
      signedIn: false,
      settings: {
        OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
        OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT: 'true',
        COUNTERSIGN_TOOL_SECRETS: '{"WORD":"private words"}',
      },
    })
    const { run, toolId } = await runOf(place)
    await place.close()
    const spans = collector.ofTrace(traceOf(run.id))
    const [first, second] = spans.filter(({ name }) => name === 'chat local')
    const read = (span: CollectedSpan | undefined, name: string) => JSON.parse(String(span?.attributes[name]))
    expect(JSON.stringify(read(first, 'gen_ai.system_instructions'))).toContain('Mind csk_[secret]')
    expect(JSON.stringify(read(first, 'gen_ai.input.messages'))).toContain('a private question')
    expect(read(first, 'gen_ai.output.messages')).toMatchObject([
      { role: 'assistant', parts: [{ type: 'tool_call', arguments: { note: '[secret]' } }] },
    ])
    expect(read(second, 'gen_ai.output.messages')).toEqual([
      {
        role: 'assistant',
        parts: [{ type: 'text', content: 'a private answer of sk-[secret]' }],
        finish_reason: 'stop',
      },
    ])
    const tool = named(spans, `execute_tool ${toolId}`)
    expect(read(tool, 'gen_ai.tool.call.arguments')).toEqual({ note: '[secret]' })
    expect(read(tool, 'gen_ai.tool.call.result')).toMatchObject({ ok: true })
    await collector.close()
  })

  test('LOG_LLM_CONTENT=false keeps texts out of traces too, and OTEL_SDK_DISABLED everything', async () => {
    const collector = await openCollector()
    const settings = {
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT: 'true',
      LOG_LLM_CONTENT: 'false',
    }
    const place = await openRunWorld({ signedIn: false, settings })
    await runOf(place)
    await place.close()
    const sent = collector.requests.length
    expect(sent).toBeGreaterThan(0)
    expect(collector.requests.map(({ body }) => body).join()).not.toContain('private')

    const silent = await openRunWorld({
      signedIn: false,
      settings: { ...settings, OTEL_SDK_DISABLED: 'true' },
    })
    await runOf(silent)
    await silent.close()
    expect(collector.requests).toHaveLength(sent)
    await collector.close()
  })

  test('LangSmith gets the same at its own address, with its own headers and with nobody else’s', async () => {
    const [collector, langsmith] = [await openCollector(), await openCollector()]
    // The exporter looks for headers in the environment by itself.
    vi.stubEnv('OTEL_EXPORTER_OTLP_HEADERS', 'authorization=collector-secret')
    const server = await startTestServer({
      settings: {
        OTEL_EXPORTER_OTLP_ENDPOINT: `${collector.url}/`,
        OTEL_EXPORTER_OTLP_HEADERS: 'authorization=collector-secret',
        LANGSMITH_TRACING: 'true',
        LANGSMITH_ENDPOINT: langsmith.url,
        LANGSMITH_API_KEY: 'lsv2_pt_0123456789abcdef',
        LANGSMITH_PROJECT: 'gate',
      },
    })
    const client = runClient(server)
    const run = await client.run(await client.define([{ id: 'say', type: 'static' }]), 'completed')
    await server.close()
    expect(langsmith.requests[0]).toMatchObject({
      path: '/otel/v1/traces',
      headers: { 'x-api-key': 'lsv2_pt_0123456789abcdef', 'langsmith-project': 'gate' },
    })
    expect(langsmith.requests[0]!.headers.authorization ?? '').toBe('')
    expect(collector.requests[0]!.headers).toMatchObject({ authorization: 'collector-secret' })
    expect(collector.requests[0]!.headers).not.toHaveProperty('x-api-key')
    for (const { ofTrace } of [collector, langsmith]) expect(ofTrace(traceOf(run.id))).toHaveLength(2)
    vi.unstubAllEnvs()
    await Promise.all([collector.close(), langsmith.close()])
  })
})

describe('a collector that does not take spans', () => {
  const trivial = (client: ReturnType<typeof runClient>) => client.define([{ id: 'say', type: 'static' }])

  test('changes nothing about runs, is told of once, and told of again when it is back', async () => {
    const collector = await openCollector()
    const lines: string[] = []
    const log = pino({ base: null }, { write: (line) => void lines.push(line) })
    const about = (word: string) => lines.filter((line) => line.includes(word))
    const server = await startTestServer({ log, settings: { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url } })
    const client = runClient(server)
    const workflow = await trivial(client)
    collector.answer(400)
    for (let times = 1; times < 4; times++) {
      await client.run(workflow, 'completed')
      await expect.poll(() => collector.requests.length, { timeout: 10_000 }).toBe(times)
    }
    collector.answer(200)
    await client.run(workflow, 'completed')
    await expect.poll(() => about('traces are sent again'), { timeout: 10_000 }).toHaveLength(1)
    expect(about('traces cannot be sent')).toHaveLength(1)
    expect(about('traces cannot be sent')[0]).toContain('"reason":"400"')
    await server.close()
    await collector.close()
  })

  test('that is slow has no more held for it than fits, and what was sent makes room', async () => {
    const collector = await openCollector()
    const { openSpanSender } = await import('../../src/ops/telemetry/send-spans.ts')
    const settings = {
      destinations: [{ url: `${collector.url}/v1/traces`, headers: {} }],
      resource: {},
      ratio: 1,
      content: true,
    }
    const log = pino({ level: 'silent' })
    const sender = openSpanSender(settings, '0', log, { number: 100, bytes: 20_000 })
    const span: EndedSpan = {
      spanId: '1'.repeat(16),
      traceId: '1'.repeat(32),
      parentId: null,
      name: 'large',
      kind: 'internal',
      startedAt: 0n,
      endedAt: 1n,
      attributes: { text: 'x'.repeat(7_000) },
      events: [],
      droppedEvents: 0,
      links: [],
      errorType: null,
      errorText: null,
    }
    sender.send(Array(10).fill(span))
    await expect.poll(() => collector.spans.length, { timeout: 10_000 }).toBe(2)
    const sendOne = () => {
      sender.send([span])
      return collector.spans.length
    }
    await expect.poll(sendOne, { timeout: 10_000 }).toBeGreaterThan(2)
    await sender.close()
    await collector.close()
  })

  test('does not hold the end of the program up', async () => {
    const silent = createServer(() => {})
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
    const { port } = silent.address() as AddressInfo
    const settings = { OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}` }
    const server = await startTestServer({ settings })
    const client = runClient(server)
    await client.run(await trivial(client), 'completed')
    const began = performance.now()
    await server.close()
    expect(performance.now() - began).toBeLessThan(6_000)
    silent.closeAllConnections()
    silent.close()
  })
})

test('nothing of the SDK is loaded where nothing is to be sent', () => {
  const sources = readdirSync('src', { recursive: true, encoding: 'utf8' })
    .filter((file) => /(?<!\.test)\.tsx?$/.test(file))
    .map((file) => ({ file, text: readFileSync(`src/${file}`, 'utf8') }))
  const importing = (pattern: RegExp) =>
    sources.filter(({ text }) => pattern.test(text)).map(({ file }) => file)
  expect(importing(/from '@opentelemetry\//)).toEqual(['ops/telemetry/send-spans.ts'])
  expect(importing(/from '.*send-spans\.ts'/)).toEqual([])
  expect(importing(/import\('.*send-spans\.ts'\)/)).toEqual(['ops/telemetry/start-telemetry.ts'])
})
