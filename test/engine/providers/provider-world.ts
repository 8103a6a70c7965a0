import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pino from 'pino'
import { expect } from 'vitest'
import { expectStatus } from '../../gate/purchase-client.ts'
import { openRunWorld } from '../runs/run-world.ts'
import { anthropicWire } from './anthropic-wire.ts'
import { compatibleWire, mistralWire, openaiWire } from './chat-wire.ts'
import { googleWire } from './google-wire.ts'
import { openProviderServer } from './provider-server.ts'
import type { Wire, WireRequest } from './wire.ts'

/** The path that each provider's settings put before its own. */
const PREFIX = {
  openai: '/openai/v1',
  anthropic: '/anthropic/v1',
  google: '/google/v1beta',
  mistral: '/mistral/v1',
}

type Part = { event: string; data: { text?: string; run_id: string; status: string; error: string } }

/** The pieces of text that a conversation was told. */
export const textsOf = (parts: Part[]) =>
  parts.flatMap(({ event, data }) => (event === 'text' ? [data.text] : []))

/** The product with a key for every provider, and one server that plays them all. */
export async function openProviderWorld() {
  const log: string[] = []
  const folder = mkdtempSync(join(tmpdir(), 'countersign-prices-'))
  const prices = join(folder, 'prices.json')
  writeFileSync(prices, JSON.stringify({ 'openai-compatible/llama-local': { input: 1, output: 2 } }))
  const provider = await openProviderServer()
  const place = await openRunWorld({
    log: pino({ level: 'debug' }, { write: (line: string) => void log.push(line) }),
    settings: {
      OPENAI_API_KEY: openaiWire.key,
      ANTHROPIC_API_KEY: anthropicWire.key,
      GOOGLE_GENERATIVE_AI_API_KEY: googleWire.key,
      MISTRAL_API_KEY: mistralWire.key,
      LLM_API_KEY: compatibleWire.key,
      OPENAI_BASE_URL: provider.origin + PREFIX.openai,
      ANTHROPIC_BASE_URL: provider.origin + PREFIX.anthropic,
      GOOGLE_GENERATIVE_AI_BASE_URL: provider.origin + PREFIX.google,
      MISTRAL_BASE_URL: provider.origin + PREFIX.mistral,
      LLM_BASE_URL: `${provider.origin}/compatible/v1`,
      COUNTERSIGN_MODEL_PRICES: prices,
    },
  })
  const { client, world } = place
  return {
    provider,
    client,
    world,
    log,
    modelCalls: (runId: string) => client.payloads(runId, 'llm_call'),

    /** What was asked, without its prefix; every request carries the key as its provider wants it. */
    asked(wire: Wire): WireRequest[] {
      const prefix = PREFIX[wire.provider as keyof typeof PREFIX] ?? '/compatible/v1'
      for (const { method, path, headers } of provider.requests) {
        expect(method).toBe('POST')
        expect(path.startsWith(`${prefix}/`)).toBe(true)
        expect(headers).toMatchObject({ ...wire.headers, 'content-type': 'application/json' })
      }
      return provider.requests.map((request) => ({ ...request, path: request.path.slice(prefix.length) }))
    },
    /** How long passed between the first two requests. */
    pause() {
      const [first, second] = provider.requests
      return second!.at - first!.at
    },

    addAgent: (wire: Wire, model = wire.model, more: Record<string, unknown> = {}) =>
      client.addAgent({
        model_profile: { provider: wire.provider, model, temperature: 0.3, max_tokens: 500 },
        ...more,
      }),
    put: async (agentId: string) =>
      expectStatus(await client.post(`/agents/${agentId}/test`, { input: { question: 'How much?' } }), 200),
    /** What a conversation tells, from its first part to its last. */
    async say(agentId: string): Promise<Part[]> {
      const response = await fetch(`${place.server.address}/agents/${agentId}/conversation`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...place.headers },
        body: JSON.stringify({ message: 'Hello' }),
      })
      return [...(await response.text()).matchAll(/^event: (.+)\ndata: (.+)$/gm)].map(([, event, data]) => ({
        event: event!,
        data: JSON.parse(data!),
      }))
    },
    async close() {
      await place.close()
      await provider.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
