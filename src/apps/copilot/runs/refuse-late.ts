import { recordReadings } from '../../../engine/runs/move-run.ts'
import type { OutsideReading } from '../../../engine/runs/perform-function.ts'
import { stateConflict } from '../../../lib/errors.ts'
import { readHead } from '../../../web3/simulate/read-head.ts'
import type { CopilotContext } from '../copilot.ts'
import { nextBlockTime } from '../next-block-time.ts'
import type { CopilotState } from './read-copilot-run.ts'

/** With more time than this left, the chain is not asked what time it is: `execute` asks in any case. */
const NEAR_MS = 5 * 60_000

/**
 * Refuses to have a plan approved whose time is over on its chain: nobody could send it. Where the chain cannot be asked it is
 * not known, and left to `execute`.
 *
 * @throws AppError 409 PLAN_STALE
 */
export async function refuseLate(
  context: CopilotContext,
  { row, artifacts, lastSeq }: CopilotState,
): Promise<void> {
  const { copilot, engine } = context
  const deadlines = artifacts.tx_requests?.flatMap(({ meta: { deadline } }) => deadline ?? []) ?? []
  const deadline = Math.min(...deadlines)
  const now = engine.kernel.clock.now()
  if (deadline * 1000 - now > NEAR_MS) return
  const readings: OutsideReading[] = []
  const client = copilot.chains.clientOf(row.chain_id, (reading) => readings.push(reading))
  const head = await readHead(client).catch(() => null)
  await recordReadings(context, row.run_id, readings, lastSeq)
  if (!head || nextBlockTime(head.timestamp, now) < deadline) return
  throw stateConflict('PLAN_STALE', 'The time for which this plan holds is over', {
    path: 'run_id',
    message: `expected a plan that can still be sent, the time of run '${row.run_id}' was over at ${new Date(deadline * 1000).toISOString()}; ask again, and approve what it would do now`,
  })
}
