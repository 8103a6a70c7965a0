import { writeFileSync } from 'node:fs'
import { createApp } from '../app.ts'
import type { Config } from '../config.ts'
import { localAdministrator } from '../http/authenticate.ts'
import { contextOf } from '../http/http-context.ts'
import { exportDecision, exportRun } from '../kernel/ledger/export-run.ts'
import { formatBundle } from '../verifier/build-bundle.ts'
import { CommandError } from './command-error.ts'
import { findLocalServer } from './local-client.ts'
import { makeLogger } from './make-logger.ts'

type Scope = { runId: string } | { decisionId: string }

/** Writes a bundle to a file, or to standard output: from the running server if there is one, else from the database. */
export async function exportBundle(
  config: Config,
  scope: Scope,
  output: string | null,
  since: number | null,
): Promise<void> {
  const server = findLocalServer(config)
  const bundle = server ? await fetchBundle(server, scope, since) : await readBundle(config, scope, since)
  if (bundle === null) {
    const name = 'runId' in scope ? `run '${scope.runId}'` : `decision '${scope.decisionId}'`
    throw new CommandError(`there is no ${name}`)
  }
  if (output) writeFileSync(output, bundle)
  else process.stdout.write(bundle)
}

async function fetchBundle(
  server: { address: string; headers: Record<string, string> },
  scope: Scope,
  since: number | null,
) {
  const path =
    'runId' in scope
      ? `/v1/runs/${encodeURIComponent(scope.runId)}/export`
      : `/v1/approvals/decisions/${encodeURIComponent(scope.decisionId)}/audit-export`
  const response = await fetch(`${server.address}${path}${since === null ? '' : `?since=${since}`}`, {
    headers: { ...server.headers, accept: 'application/x-ndjson' },
  })
  if (response.status === 404) return null
  const text = await response.text()
  if (!response.ok) throw new CommandError(`the server answered ${response.status}: ${text}`)
  return text
}

async function readBundle(config: Config, scope: Scope, since: number | null): Promise<string | null> {
  const app = await createApp(config, makeLogger({ ...config, LOG_LEVEL: 'warn' }))
  try {
    const context = contextOf(app.kernel, localAdministrator())
    const lines =
      'runId' in scope
        ? await exportRun(context, scope.runId, since)
        : ((await exportDecision(context, scope.decisionId, since))?.lines ?? null)
    return lines && formatBundle(lines)
  } finally {
    await app.close()
  }
}
