/**
 * Kills the server again and again while runs call tools, and counts: no completed effect is repeated, none is lost, the
 * interrupted ones are in doubt or tried again with their key. `npm run chaos [-- kills [pglite|postgres]]`
 *
 * Each server lives for a random time, up to 1.2 s after it is ready, and is ended by `kill -9`. Two tools call a world
 * that counts: one honours the idempotency key and is called again after a crash, the other does not and must be asked
 * about. At the end everything in doubt is answered by a human and every run must have completed.
 */
import { randomInt } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openToolServer, send } from '../test/engine/runs/tool-server.ts'
import type { SpawnedProgram } from '../test/harness/spawn-program.ts'
import { spawnServer } from '../test/harness/spawn-server.ts'
import { startPostgres } from '../test/harness/start-postgres.ts'

const kills = Number(process.argv[2] ?? 1000)
const kind = process.argv[3] ?? 'pglite'
const RUNS_EACH_LIFE = 4
const folder = mkdtempSync(join(tmpdir(), 'countersign-chaos-'))
const postgres = kind === 'postgres' ? await startPostgres(folder) : null
const world = await openToolServer()
// Slow enough that kills fall into calls. Every request to /blind does something: it knows no key.
world.answers.set('/blind', async (call, response) => {
  world.effects.push(call)
  await new Promise((resolve) => setTimeout(resolve, randomInt(40)))
  send(response, 200, { ok: true })
})
const settings = {
  COUNTERSIGN_TOOL_ORIGINS: world.origin,
  COUNTERSIGN_RUN_WAIT_MS: '0',
  LOG_LEVEL: 'error',
  ...(postgres && { DATABASE_URL: postgres.url }),
}
const begin = () => spawnServer(join(folder, 'data'), settings)

type Run = { id: string; status: string; waiting: { decision_id: string | null } | null; error: unknown }

async function call<T>(server: SpawnedProgram, method: string, path: string, body?: unknown): Promise<T> {
  const response = await fetch(server.address + path, {
    method,
    headers: body === undefined ? {} : { 'content-type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`)
  return JSON.parse(text) as T
}

async function prepare(server: SpawnedProgram): Promise<void> {
  for (const [id, path, recovery] of [
    ['chaos.keyed', '/keyed', 'retry_with_key'],
    ['chaos.blind', '/blind', 'ask_human'],
  ]) {
    await call(server, 'POST', '/tools', {
      id,
      name: id,
      handler_type: 'http',
      handler_config: { method: 'POST', url: world.origin + path, body: { n: '{{input.n}}' } },
      recovery,
    })
  }
  const tools = ['chaos.keyed', 'chaos.blind', 'chaos.keyed', 'chaos.blind']
  const nodes = tools.map((tool_id, index) => ({
    id: `n${index}`,
    type: 'tool_node',
    config: { tool_id, input: { n: index } },
  }))
  const edges = nodes.slice(1).map(({ id }, index) => ({ from: `n${index}`, to: id }))
  await call(server, 'POST', '/workflows', {
    id: 'chaos',
    name: 'chaos',
    definition: { entry: 'n0', nodes, edges },
  })
}

/** Ids of runs whose start was answered: these must not be lost. */
const known = new Set<string>()

async function live(): Promise<void> {
  const server = await begin()
  const starting = Array.from({ length: RUNS_EACH_LIFE }, () =>
    call<Run>(server, 'POST', '/workflows/chaos/runs', { mode: 'auto' }).then(
      ({ id }) => known.add(id),
      () => {}, // not answered, so nothing was promised
    ),
  )
  await new Promise((resolve) => setTimeout(resolve, randomInt(1200)))
  await server.stop('SIGKILL')
  await Promise.all(starting)
}

/** Lets everything end, with a human who answers what is in doubt: look it up, it happened. */
async function settle(server: SpawnedProgram): Promise<Run[]> {
  let answered = 0
  for (;;) {
    const runs: Run[] = []
    for (let page = 1; ; page++) {
      const { data, total } = await call<{ data: Run[]; total: number }>(
        server,
        'GET',
        `/runs?page=${page}&limit=200`,
      )
      runs.push(...data)
      if (runs.length >= total || data.length === 0) break
    }
    const open = runs.filter(({ status }) => status !== 'completed')
    if (open.every(({ status }) => status === 'failed')) {
      console.log(`${answered} calls were in doubt and answered by a human`)
      return runs
    }
    for (const run of open) {
      if (run.status !== 'paused' || !run.waiting?.decision_id) continue
      answered++
      await call(server, 'PATCH', `/runs/${run.id}/resume`, {
        approval_input: { approved: true, output: { looked_up: true } },
      })
    }
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
}

const first = await begin()
await prepare(first)
await first.stop()
const started = Date.now()
for (let kill = 1; kill <= kills; kill++) {
  await live()
  if (kill % 50 === 0)
    console.log(`${kill} kills, ${known.size} runs, ${((Date.now() - started) / 1000).toFixed(0)} s`)
}
const last = await begin()
const runs = await settle(last)
const faults: string[] = []
const byId = new Map(runs.map((run) => [run.id, run]))
for (const id of known) if (!byId.has(id)) faults.push(`run ${id} was answered for and is lost`)
for (const run of runs)
  if (run.status !== 'completed') faults.push(`run ${run.id} is ${run.status}: ${JSON.stringify(run.error)}`)
const times = new Map<string, number>()
for (const effect of world.effects) {
  const key = `${effect.path} ${effect.key}`
  times.set(key, (times.get(key) ?? 0) + 1)
}
for (const [key, count] of times) if (count > 1) faults.push(`${key} happened ${count} times`)
const keyed = new Set(world.effectsOf('/keyed').map(({ key }) => key)).size
if (keyed !== runs.length * 2) faults.push(`${keyed} keyed effects for ${runs.length} runs of two each`)
console.log(
  `${kills} kills on ${kind}: ${runs.length} runs, ${times.size} effects, ${world.calls.length} requests, ${faults.length} faults`,
)
// Of each kind some, so that many of one hide none of another.
for (const [kind, alike] of Map.groupBy(faults, kindOf)) {
  console.log(`  ${alike.length} × ${kind}`)
  for (const fault of alike.slice(0, 5)) console.log(`    ${fault}`)
}
await last.stop()
await world.close()
await postgres?.stop()
rmSync(folder, { recursive: true, force: true })
process.exitCode = faults.length > 0 ? 1 : 0

/** A fault without the ids and numbers that tell it from others like it. */
function kindOf(fault: string): string {
  return fault.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, '…').replace(/\d+/g, 'n')
}
