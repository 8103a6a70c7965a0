import { expect } from 'vitest'
import { type RunClient, runClient, type StartOptions } from '../engine/runs/run-client.ts'
import type { ToolServer } from '../engine/runs/tool-server.ts'
import { type Program, startProgram } from './program.ts'

/** The real program with the API of runs. */
export type RunProgram = Program & { client: RunClient }

export async function startRunProgram(
  dataDir: string,
  world: ToolServer,
  settings: Record<string, string> = {},
): Promise<RunProgram> {
  const program = await startProgram(dataDir, { COUNTERSIGN_TOOL_ORIGINS: world.origin, ...settings })
  return { ...program, client: runClient(program) }
}

/** The run when it has this status. Its stream ends whenever it settles; somebody may have to take it up first. */
export async function settled(client: RunClient, runId: string, status: string) {
  for (;;) {
    await client.get(`/runs/${runId}/stream`)
    const run = await client.read(runId)
    if (run.status === status) return run
    expect(['running', 'paused'], JSON.stringify(run)).toContain(run.status)
    if (run.status === 'paused') await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

/** Starts a run without waiting for an answer, which may never come. Answers how to hang up. */
export function begin({ address }: RunProgram, workflowId: string, more: StartOptions = {}): () => void {
  const line = new AbortController()
  fetch(`${address}/workflows/${workflowId}/runs`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ mode: 'auto', ...more }),
    signal: line.signal,
  }).catch(() => {})
  return () => line.abort()
}

/** A node that calls a tool and says which run it is of. */
export const callNode = (id: string, tool_id = id) => ({
  id,
  type: 'tool_node',
  config: { tool_id, input: { run: '$context.run_id' } },
})

/** Requests at a path that one run made, and what they did. */
export function traceOf(world: ToolServer, path: string, runId: string) {
  const isOfRun = ({ body }: { body: unknown }) => (body as { run: string }).run === runId
  const calls = world.callsTo(path).filter(isOfRun)
  return {
    calls: calls.length,
    keys: new Set(calls.map(({ key }) => key)).size,
    effects: world.effectsOf(path).filter(isOfRun).length,
  }
}

export const times = (kinds: string[], kind: string) => kinds.filter((one) => one === kind).length
