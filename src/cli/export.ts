import { writeFileSync } from 'node:fs'
import type { Config } from '../config.ts'
import { exportDecision, exportRun } from '../kernel/ledger/export-run.ts'
import { formatBundle } from '../verifier/build-bundle.ts'
import { askServerOrFolder } from './ask-server-or-folder.ts'
import { CommandError } from './command-error.ts'

type Scope = { runId: string } | { decisionId: string }

/** Writes a bundle to a file, or to standard output. */
export async function exportBundle(
  config: Config,
  scope: Scope,
  output: string | null,
  since: number | null,
): Promise<void> {
  const bundle = await askServerOrFolder(
    config,
    {
      method: 'GET',
      path: pathOf(scope) + (since === null ? '' : `?since=${since}`),
      accept: 'application/x-ndjson',
    },
    async (context) => {
      const lines =
        'runId' in scope
          ? await exportRun(context, scope.runId, since)
          : ((await exportDecision(context, scope.decisionId, since))?.lines ?? null)
      return lines && formatBundle(lines)
    },
  )
  if (bundle === null) {
    const name = 'runId' in scope ? `run '${scope.runId}'` : `decision '${scope.decisionId}'`
    throw new CommandError(`there is no ${name}`)
  }
  if (output) writeFileSync(output, bundle)
  else process.stdout.write(bundle)
}

const pathOf = (scope: Scope) =>
  'runId' in scope
    ? `/v1/runs/${encodeURIComponent(scope.runId)}/export`
    : `/v1/approvals/decisions/${encodeURIComponent(scope.decisionId)}/audit-export`
