import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { answerGoes, expectEqual, time } from './answer-goes.ts'
import { approveRun, prepareServer, serverCpuMs, startOurServer, startRun } from './our-server.ts'

await answerGoes(async (url) => {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-bench-http-'))
  const server = await startOurServer(folder, url)
  const credentials = await prepareServer(server)
  const steps = (workflow: string) => () =>
    time(async () => expectEqual('run', (await startRun(server, credentials, workflow)).status, 'completed'))
  const gate = (workflow: string) => async () => {
    const { id, status } = await startRun(server, credentials, workflow)
    expectEqual('run', status, 'paused')
    return time(async () =>
      expectEqual('run', (await approveRun(server, credentials, id)).status, 'completed'),
    )
  }
  return {
    durable: 'the same; an answer is sent when the run has ended or waits, and carries what it came to',
    works: {
      static: steps('bench-static'),
      tools: steps('bench-tools'),
      'static gate': gate('bench-static-gate'),
      'tools gate': gate('bench-tools-gate'),
    },
    cpuMs: () => serverCpuMs(server),
    async close() {
      await server.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
})
