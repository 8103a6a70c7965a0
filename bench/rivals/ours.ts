import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pino from 'pino'
import { type CountersignApp, createApp } from '../../src/app.ts'
import { readConfig } from '../../src/config.ts'
import { requireRun, resumeRun } from '../../src/engine/runs/move-run.ts'
import { startRun } from '../../src/engine/runs/start-run.ts'
import { createWorkflow } from '../../src/engine/workflows/save-workflow.ts'
import { WorkflowInput } from '../../src/engine/workflows/schema.ts'
import { localAdministrator } from '../../src/http/authenticate.ts'
import { knownTools } from '../../src/http/engine-context.ts'
import { changePolicies } from '../../src/kernel/policy/change-policies.ts'
import { PolicyInput } from '../../src/kernel/policy/schema.ts'
import { answerGoes, expectEqual, POOL_SIZE, time } from './answer-goes.ts'
import { INPUT, POLICIES, WORKFLOWS } from './our-workflows.ts'

const principal = localAdministrator()

await answerGoes(async (url) => {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-bench-ours-'))
  const settings = { DATA_DIR: folder, DATABASE_URL: url, DATABASE_MAX_CONNECTIONS: String(POOL_SIZE) }
  const app = await createApp(readConfig(settings), pino({ level: 'error' }, pino.destination(2)))
  await prepare(app)
  // What a server does beside its runs is done here too: recovery, expiry, signed checkpoints.
  await app.recover()
  app.startBackground()

  const { engine } = app.http
  const context = { engine, principal }
  const start = (workflow: string) =>
    startRun(context, workflow, {
      input: INPUT,
      mode: 'auto',
      limits: { cost_limit_cents: null, llm_calls_limit: null, latency_slo_ms: null },
      app: null,
      parent: null,
    })
  const steps = (workflow: string) => () =>
    time(async () => {
      const { driving } = await start(workflow)
      expectEqual('failure', await driving.settled, null)
    })
  const gate = (workflow: string) => async () => {
    const { runId, driving } = await start(workflow)
    await driving.settled
    const took = await time(() => resumeRun(context, runId, { approved: true }))
    expectEqual('gate', (await requireRun(context, runId)).status, 'completed')
    return took
  }
  return {
    durable: [
      'five static steps: the run with all its events in one commit at its end, because none of the steps has an effect',
      "five tool calls: each call's policy decision and intent are written while it is made, because the calculator changes nothing (before it is made where a tool has effects); all of it is on disk when the run ends",
      'a gate: the pause before anybody can answer it, the answer before the run goes on',
    ].join('; '),
    works: {
      static: steps('bench-static'),
      tools: steps('bench-tools'),
      'static gate': gate('bench-static-gate'),
      'tools gate': gate('bench-tools-gate'),
    },
    async close() {
      const unfinished = await countUnfinished(app)
      await app.close()
      rmSync(folder, { recursive: true, force: true })
      expectEqual('runs that did not complete', unfinished, 0)
    },
  }
})

async function prepare({ kernel, http }: CountersignApp): Promise<void> {
  const context = { ...kernel, principal }
  for (const policy of POLICIES) {
    await changePolicies(context, { operation: 'create', input: PolicyInput.parse(policy) })
  }
  for (const workflow of WORKFLOWS) {
    await createWorkflow(context, knownTools(http), WorkflowInput.parse(workflow))
  }
}

/** In process nobody is told how a run came out, so it is looked up when all is done. */
async function countUnfinished({ kernel }: CountersignApp): Promise<number> {
  const [row] = await kernel.database.transaction(principal.tenantId, (session) =>
    session.query<{ count: number }>("SELECT count(*) FROM runs WHERE status <> 'completed'"),
  )
  return row!.count
}
