import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { completion, sendJson, startChatServer } from '../../src/engine/models/chat-server.fixture.ts'
import { startTestServer } from '../harness/start-test-server.ts'

const AGENT = {
  id: 'agent.poet',
  name: 'Poet',
  instructions: 'Answer in one line.',
  model_profile: { model: 'm' },
}
const DEFINITION = {
  entry: 'a',
  nodes: ['a', 'b', 'c'].map((id) => ({ id, type: 'agent_node', config: { agent_id: 'agent.poet' } })),
  edges: [
    { from: 'a', to: 'b' },
    { from: 'b', to: 'c' },
  ],
}

test('a recorded run gives the same result again with the model gone, and asks nobody', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-recorded-'))
  let asked = 0
  const model = await startChatServer((_request, response) => {
    asked++
    // One that fails is asked again, and is nothing to replay.
    if (asked === 2) return sendJson(response, 503, 'busy')
    sendJson(response, 200, completion({ role: 'assistant', content: `line ${asked} of ${Math.random()}` }))
  })
  const runOnce = async (mode: string) => {
    const server = await startTestServer({
      settings: { DATA_DIR: folder, LLM_RECORDING: mode, LLM_BASE_URL: model.baseUrl, LLM_MODEL: 'm' },
    })
    server.app.http.engine.models.retryDelayMs = 1
    await server.post('/agents', AGENT)
    const workflow = await server.post('/workflows', { name: 'three lines', definition: DEFINITION })
    const run = await server.post(`/workflows/${workflow.body.id}/runs`, { input: { about: 'receipts' } })
    await server.close()
    return run.body
  }
  const first = await runOnce('record')
  expect([first.status, first.llm_calls, asked]).toEqual(['completed', 4, 4])
  await model.close()

  const again = await runOnce('replay')
  expect([again.status, again.llm_calls, asked]).toEqual(['completed', 3, 4])
  expect(again.result).toEqual(first.result)
  expect(again.id).not.toBe(first.id)
  rmSync(folder, { recursive: true, force: true })
})
