import { rmSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { receipt } from '../gate/purchase-client.ts'
import { makeDataFolder } from '../harness/make-data-folder.ts'
import { expectVerified, startProgram } from './program.ts'

const RUNS = Array.from({ length: 4 }, (_, index) => `run_load_${index}`)
const CALLERS_PER_RUN = 8
const KILL_AFTER = 200

describe('the program is killed while events pour in', () => {
  test('every event that was accepted is there after a restart, once, in a chain that holds', {
    timeout: 60_000,
  }, async () => {
    const dataDir = makeDataFolder()
    let program = await startProgram(dataDir)
    try {
      const accepted = new Map(RUNS.map((runId) => [runId, [] as string[]]))
      let count = 0
      const pour = async (runId: string) => {
        for (;;) {
          const event = receipt(runId)
          const answer = await program.post('/v1/events', event).catch(() => null)
          if (!answer) return
          expect(answer.status, answer.text).toBe(201)
          accepted.get(runId)!.push(event.id)
          if (++count === KILL_AFTER) program.process.kill('SIGKILL')
        }
      }
      await Promise.all(RUNS.flatMap((runId) => Array.from({ length: CALLERS_PER_RUN }, () => pour(runId))))
      await program.ended
      expect(count).toBeGreaterThanOrEqual(KILL_AFTER)

      program = await startProgram(dataDir)
      for (const [runId, ids] of accepted) {
        const { body } = await program.get(`/v1/runs/${runId}/events`)
        const stored = body.events.map(({ id }: { id: string }) => id)
        expect(stored).toEqual(expect.arrayContaining(ids))
        expect(new Set(stored).size).toBe(stored.length)
        // What was sent and not answered may be there or not; nothing else may.
        expect(stored.length - ids.length).toBeLessThanOrEqual(CALLERS_PER_RUN)
        await expectVerified(program, runId)
        expect((await program.post('/v1/events', receipt(runId))).status).toBe(201)
      }
    } finally {
      await program.stop('SIGKILL')
      rmSync(dataDir, { recursive: true, force: true })
    }
  })
})
