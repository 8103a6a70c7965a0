import { mkdirSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { resolve } from 'node:path'
import { ConfigError, type ExecutorConfig } from '../config.ts'
import { createExecutorServer } from '../executor/server.ts'
import { makeExecutorTools } from '../executor/tools.ts'
import { sweepWorkspaces } from '../executor/workspace.ts'
import { systemClock } from '../lib/clock.ts'
import { VERSION } from '../lib/version.ts'
import { makeLogger } from './make-logger.ts'
import { stopOnSignals } from './stop-on-signals.ts'

const DAY_MS = 86_400_000
const SWEEP_INTERVAL_MS = 3_600_000

/** `countersign executor`: until a signal ends it. */
export async function runExecutor(config: ExecutorConfig): Promise<void> {
  const { LOGLINE_SHARED_SECRET: secrets, EXECUTOR_HOST: host, EXECUTOR_WORKSPACE_DAYS: days } = config
  if (secrets.length === 0) {
    throw new ConfigError(
      'the executor needs LOGLINE_SHARED_SECRET, which it shares with the server, e.g. from: openssl rand -hex 32',
    )
  }
  const workspaceDir = resolve(config.EXECUTOR_WORKSPACE_DIR)
  mkdirSync(workspaceDir, { recursive: true, mode: 0o700 })
  const logger = makeLogger(config)
  const tools = makeExecutorTools({ codeTimeLimitMs: config.EXECUTOR_CODE_TIMEOUT_MS, workspaceDir })
  const executor = createExecutorServer({ secrets, tools, clock: systemClock }, logger)
  await executor.app.listen({ host, port: config.EXECUTOR_PORT })
  if (days > 0) sweepAgainAndAgain(() => sweepWorkspaces(workspaceDir, Date.now() - days * DAY_MS), logger)
  stopOnSignals('Stopping: calls under way end first.', executor.stop)
  const { port } = executor.app.server.address() as AddressInfo
  const address = `http://${host.includes(':') ? `[${host}]` : host}:${port}`
  const lacking = tools.filter(({ availability }) => !availability.available).map(({ id }) => id)
  console.log(
    [
      `Countersign ${VERSION}: the executor is ready.`,
      '',
      `  Executor    ${address}`,
      `  Workspaces  ${workspaceDir}`,
      `  Not here    ${lacking.join(', ')}, Python`,
      '',
      `The server finds it by LOGLINE_EXECUTOR_URL=${address} and the same LOGLINE_SHARED_SECRET. Ctrl-C stops it.`,
    ].join('\n'),
  )
}

function sweepAgainAndAgain(sweep: () => Promise<number>, logger: ReturnType<typeof makeLogger>): void {
  const work = () =>
    sweep().then(
      (deleted) => deleted > 0 && logger.info({ deleted }, 'workspaces that nobody used were deleted'),
      (error) => logger.warn({ error: (error as Error).message }, 'workspaces could not be looked through'),
    )
  void work()
  setInterval(work, SWEEP_INTERVAL_MS).unref()
}
