import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fresh } from '../../gate/purchase-client.ts'
import { anthropicWire, OVERLOADED } from './anthropic-wire.ts'
import { compatibleWire, mistralWire, openaiWire } from './chat-wire.ts'
import { GOOGLE_BUSY, googleWire } from './google-wire.ts'
import { openProviderWorld, textsOf } from './provider-world.ts'
import type { Wire } from './wire.ts'

type World = Awaited<ReturnType<typeof openProviderWorld>>
let place: World
let client: World['client']
let provider: World['provider']
beforeAll(async () => {
  place = await openProviderWorld()
  client = place.client
  provider = place.provider
})
afterAll(() => place.close())

describe.each([openaiWire, anthropicWire, googleWire, mistralWire, compatibleWire])(
  '$provider, at its own wire',
  (wire) => {
    const agentOf = (model = wire.model, more: Record<string, unknown> = {}) =>
      place.addAgent(wire, model, more)
    async function agentWithTool() {
      const path = `/${fresh('path')}`
      const toolId = await client.addTool(place.world.url(path))
      return { path, toolId, agentId: await agentOf(wire.model, { allowed_tools: [toolId] }) }
    }

    test('a text comes with its usage and what it cost by the price table', async () => {
      provider.willAnswer({ body: wire.text('Forty-two.') })
      const answer = await place.put(await agentOf())
      expect(answer).toMatchObject({ status: 'completed', text: 'Forty-two.', finish_reason: 'stop' })
      const [request, ...more] = place.asked(wire)
      expect(more).toEqual([])
      expect(request!.path).toBe(wire.path(wire.model, false))
      expect(request!.body).toMatchObject(
        wire.expectText({
          system: expect.stringMatching(/^Do as you are told\.\n/),
          user: expect.stringContaining('How much?'),
          maxTokens: 500,
        }),
      )
      const [call] = await place.modelCalls(answer.run_id)
      expect(call).toMatchObject({
        provider: wire.provider,
        model: wire.model,
        usage: { input_tokens: 1000, output_tokens: 200 },
        error: null,
      })
      expect(call.estimated_cost_cents).toBeCloseTo(wire.cents, 6)
      expect((await client.read(answer.run_id)).cost_cents).toBeCloseTo(wire.cents, 6)
    })

    test('a tool that it asks for passes the gate, is called, and what it gave goes back in its form', async () => {
      const { path, toolId, agentId } = await agentWithTool()
      const call = { name: toolId.replaceAll('.', '_'), input: { room: '311' } }
      provider.willAnswer({ body: wire.call(call) }, { body: wire.text('Done.') })
      const answer = await place.put(agentId)
      expect(answer).toMatchObject({
        status: 'completed',
        text: 'Done.',
        tool_calls: [{ tool_id: toolId, input: call.input }],
      })
      expect(place.world.effectsOf(path).map(({ body }) => body)).toEqual([call.input])
      expect((await client.payloads(answer.run_id, 'policy_eval')).at(-1)).toMatchObject({
        action: 'tool_call',
        tool_id: toolId,
      })
      const [first, second] = place.asked(wire)
      expect(first!.body).toMatchObject(wire.expectTool(call.name))
      const output = { ok: true, number: 1, got: call.input }
      expect(second!.body).toMatchObject(wire.expectRound(call, output))
    })

    test('a router gets one of its routes, in the form that the schema says', async () => {
      const agentId = await agentOf()
      const routes = ['left', 'right'].map((id) => ({ id, condition: `goes ${id}`, target_node: id }))
      const workflowId = await client.define(
        [
          { id: 'way', type: 'router', config: { router_agent_id: agentId, routes } },
          { id: 'left', type: 'static', config: { output: { went: 'left' } } },
          { id: 'right', type: 'static', config: { output: { went: 'right' } } },
        ],
        [
          ['way', 'left'],
          ['way', 'right'],
        ],
      )
      provider.willAnswer({ body: wire.text('{"route":"right","reason":"it says so"}') })
      const run = await client.run(workflowId, 'completed', { text: 'right, please' })
      expect((await client.payloads(run.id, 'route_chosen'))[0]).toMatchObject({ route_id: 'right' })
      const schema = {
        type: 'object',
        properties: { route: { type: 'string', enum: ['left', 'right'] }, reason: { type: 'string' } },
        required: ['route', 'reason'],
        additionalProperties: false,
      }
      expect(place.asked(wire)[0]!.body).toMatchObject(wire.expectSchema(schema))
    })

    test('a conversation is told as it streams, a tool in between', async () => {
      const { path, toolId, agentId } = await agentWithTool()
      const call = { name: toolId.replaceAll('.', '_'), input: { room: '311', nights: 2 } }
      provider.willAnswer(
        { frames: wire.streamCall(call) },
        { frames: wire.streamText(['Good ', 'day', ', Ana.']) },
      )
      const parts = await place.say(agentId)
      expect(parts.map(({ event }) => event)).toEqual([
        'connected',
        'tool_call',
        'text',
        'text',
        'text',
        'complete',
      ])
      expect(textsOf(parts)).toEqual(['Good ', 'day', ', Ana.'])
      expect(place.world.effectsOf(path).map(({ body }) => body)).toEqual([call.input])
      expect(place.asked(wire).map((request) => request.path)).toEqual(
        Array(2).fill(wire.path(wire.model, true)),
      )
      const calls = await place.modelCalls(parts[0]!.data.run_id)
      expect(calls).toHaveLength(2)
      for (const { usage, estimated_cost_cents } of calls) {
        expect(usage).toMatchObject({ input_tokens: 1000, output_tokens: 200 })
        expect(estimated_cost_cents).toBeCloseTo(wire.cents, 6)
      }
    })

    test('429 waits as long as it is asked to, asks again, and both are on the record', async () => {
      provider.willAnswer(
        { status: 429, headers: { 'retry-after': '0.15' }, body: wire.failure(429, 'slow down') },
        { body: wire.text('At last.') },
      )
      const answer = await place.put(await agentOf())
      expect(place.pause()).toBeGreaterThan(148)
      expect(answer).toMatchObject({ status: 'completed', text: 'At last.' })
      expect(place.asked(wire)).toHaveLength(2)
      const [refused, answered] = await place.modelCalls(answer.run_id)
      expect(refused).toMatchObject({
        error: `${wire.provider}/${wire.model} wants fewer calls (429)`,
        finish_reason: 'error',
      })
      expect(answered).toMatchObject({ error: null })
    })

    test('a wrong key is a fault of the settings, and stands in no message, event or log', async () => {
      place.log.length = 0
      provider.willAnswer({ status: wire.wrongKey.status, body: wire.wrongKey.body(wire.key) })
      const answer = await place.put(await agentOf())
      expect(answer).toMatchObject({
        status: 'failed',
        error: expect.stringContaining('does not accept the API key'),
      })
      expect(place.asked(wire)).toHaveLength(1)
      const run = await client.read(answer.run_id)
      expect(run.error).toMatchObject({ error_type: 'model_unauthorized' })
      expect(place.log.join('')).toContain(answer.run_id)
      const told = [
        answer,
        run,
        await client.events(answer.run_id),
        await client.steps(answer.run_id),
        place.log,
      ]
      expect(JSON.stringify(told)).not.toContain(wire.key)
    })

    test.each(['cut', 'ended'])(
      'a stream that is %s half-way is no answer, and is not asked for again',
      async (how) => {
        const frames = wire.streamText(['Good ', 'day', ', Ana.', ' Bye.'])
        const half = frames.slice(0, Math.ceil(frames.length / 2))
        provider.willAnswer({ frames: half, ...(how === 'cut' && { end: 'cut' }) })
        const parts = await place.say(await agentOf())
        expect(textsOf(parts)[0]).toBe('Good ')
        expect(parts.at(-1)).toMatchObject({
          event: 'complete',
          data: {
            status: 'failed',
            error: expect.stringContaining(`the connection to ${wire.provider}/${wire.model} broke off`),
          },
        })
        expect(place.asked(wire)).toHaveLength(1)
        const [call] = await place.modelCalls(parts[0]!.data.run_id)
        expect(call).toMatchObject({ finish_reason: 'error', estimated_cost_cents: null })
      },
    )

    test('an answer that breaks off in the middle is asked for again', async () => {
      const whole = JSON.stringify(wire.text('Once more.'))
      provider.willAnswer({ frames: [whole.slice(0, 40)], end: 'cut' }, { body: whole })
      expect(await place.put(await agentOf())).toMatchObject({ status: 'completed', text: 'Once more.' })
      expect(place.asked(wire)).toHaveLength(2)
    })

    test.each<[string, (wire: Wire) => object | string]>([
      ['a page', () => '<html>gateway</html>'],
      ['JSON of another kind', () => ({ hello: 'world' })],
      ['an answer without its parts', ({ nonsense }) => nonsense],
    ])('%s instead of an answer is bad output', async (_, bodyOf) => {
      provider.willAnswer({ body: bodyOf(wire) })
      const answer = await place.put(await agentOf())
      const { error } = await client.read(answer.run_id)
      expect(error).toMatchObject({ error_type: 'model_bad_output' })
    })

    test('garbage in a stream is bad output', async () => {
      provider.willAnswer({ frames: ['data: {"choices": [garbage\n\n', 'data: \u0000\n\n'] })
      const parts = await place.say(await agentOf())
      expect(parts.at(-1)!.data.status).toBe('failed')
      const { error } = await client.read(parts[0]!.data.run_id)
      expect(error).toMatchObject({ error_type: 'model_bad_output' })
    })

    test('a model without a price costs nobody knows what, never nothing', async () => {
      provider.willAnswer({ body: wire.text('Ok.') })
      const agentId = await agentOf('model-of-tomorrow')
      const answer = await place.put(agentId)
      expect(place.asked(wire)[0]!.path).toBe(wire.path('model-of-tomorrow', false))
      const [call] = await place.modelCalls(answer.run_id)
      expect(call).toMatchObject({
        model: 'model-of-tomorrow',
        usage: { input_tokens: 1000 },
        estimated_cost_cents: null,
      })
      expect((await client.read(answer.run_id)).cost_cents).toBeNull()
    })

    test('a model that it does not know is told in its words and not asked for again', async () => {
      provider.willAnswer({
        status: 404,
        body: wire.failure(404, `no such model: model-of-yesterday, asked with ${wire.key}`),
      })
      const answer = await place.put(await agentOf('model-of-yesterday'))
      expect(answer.error).toContain('no such model: model-of-yesterday, asked with [key]')
      expect((await client.read(answer.run_id)).error).toMatchObject({ error_type: 'model_bad_request' })
      expect(place.asked(wire)).toHaveLength(1)
    })
  },
)

test('Anthropic that is overloaded before it says anything is asked again, and after that ends the answer', async () => {
  const frames = anthropicWire.streamText(['Good ', 'day.'])
  provider.willAnswer({ frames: [frames[0]!, OVERLOADED] }, { frames })
  const again = await place.say(await place.addAgent(anthropicWire))
  expect(textsOf(again)).toEqual(['Good ', 'day.'])
  expect(provider.requests).toHaveLength(2)

  provider.willAnswer({ frames: [...frames.slice(0, 3), OVERLOADED] }, { frames })
  const over = await place.say(await place.addAgent(anthropicWire))
  expect(over.at(-1)!.data).toMatchObject({
    status: 'failed',
    error: expect.stringContaining('is failing (529)'),
  })
  expect(provider.requests).toHaveLength(1)
})

test('Google that is busy says so in the body, and is waited for as long as it says there', async () => {
  provider.willAnswer({ status: 429, body: GOOGLE_BUSY }, { body: googleWire.text('At last.') })
  expect(await place.put(await place.addAgent(googleWire))).toMatchObject({
    status: 'completed',
    text: 'At last.',
  })
  expect(place.pause()).toBeGreaterThan(148)
})

test('OpenAI that fails after the empty piece it begins with is asked again', async () => {
  const frames = openaiWire.streamText(['Good ', 'day.'])
  provider.willAnswer({ frames: frames.slice(0, 1), end: 'cut' }, { frames })
  const parts = await place.say(await place.addAgent(openaiWire))
  expect(textsOf(parts)).toEqual(['Good ', 'day.'])
  expect(provider.requests).toHaveLength(2)
})
