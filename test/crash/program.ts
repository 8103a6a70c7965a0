import { expect } from 'vitest'
import { verifyBundle } from '../../src/verifier/verify-bundle.ts'
import type { SpawnedProgram } from '../harness/spawn-program.ts'
import { spawnServer } from '../harness/spawn-server.ts'
import type { TestServer } from '../harness/start-test-server.ts'

/** The real program, spoken to like the one in process. */
export type Program = SpawnedProgram & Pick<TestServer, 'call' | 'get' | 'post'>

export async function startProgram(dataDir: string, settings: Record<string, string> = {}): Promise<Program> {
  const server = await spawnServer(dataDir, settings)
  return { ...server, ...callerOf(server.address) }
}

/** How to ask a server of which only the address is known. */
export function callerOf(address: string): Pick<TestServer, 'call' | 'get' | 'post'> {
  const call: TestServer['call'] = async (method, path, body, { headers = {} } = {}) => {
    const response = await fetch(address + path, {
      method,
      headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    const isJson = response.headers.get('content-type')?.includes('application/json')
    return {
      status: response.status,
      body: isJson ? JSON.parse(text) : undefined,
      text,
      headers: response.headers,
    }
  }
  return {
    call,
    get: (path, options) => call('GET', path, undefined, options),
    post: (path, body, options) => call('POST', path, body, options),
  }
}

/** The chain of a run holds from its first event to a checkpoint signed by this installation. */
export async function expectVerified(program: Pick<TestServer, 'get'>, runId: string): Promise<void> {
  const { checkpoint_key: key } = (await program.get('/api/v1/installation')).body
  const { text } = await program.get(`/v1/runs/${runId}/export`)
  const report = await verifyBundle(text, { trustedKeys: [key] })
  expect(report.firstFault).toBeUndefined()
  expect(report.verdict).toBe('verified')
}
