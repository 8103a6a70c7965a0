import { expect } from 'vitest'
import { verifyBundle } from '../../src/verifier/verify-bundle.ts'
import { type SpawnedServer, spawnServer } from '../harness/spawn-server.ts'
import type { Answer, TestServer } from '../harness/start-test-server.ts'

/** The real program, spoken to like the one in process. */
export type Program = SpawnedServer & Pick<TestServer, 'get' | 'post'>

export async function startProgram(dataDir: string, settings: Record<string, string> = {}): Promise<Program> {
  const server = await spawnServer(dataDir, settings)
  return { ...server, ...callerOf(server.address) }
}

/** How to ask a server of which only the address is known. */
export function callerOf(address: string): Pick<TestServer, 'get' | 'post'> {
  const call = async (
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer> => {
    const response = await fetch(address + path, {
      method,
      headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    const parsed = text.startsWith('{') && !text.includes('\n') ? JSON.parse(text) : undefined
    return { status: response.status, body: parsed, text, headers: response.headers }
  }
  return {
    get: (path, options) => call('GET', path, undefined, options?.headers),
    post: (path, body, options) => call('POST', path, body, options?.headers),
  }
}

/** The chain of a run holds from its first event to a checkpoint signed by this installation. */
export async function expectVerified(program: Program, runId: string): Promise<void> {
  const { checkpoint_key: key } = (await program.get('/api/v1/installation')).body
  const { text } = await program.get(`/v1/runs/${runId}/export`)
  const report = await verifyBundle(text, { trustedKeys: [key] })
  expect(report.firstFault).toBeUndefined()
  expect(report.verdict).toBe('verified')
}
