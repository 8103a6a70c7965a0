import type { Config } from './config.ts'
import { makeMask } from './engine/tools/handlers/mask-secrets.ts'
import type { Kernel } from './kernel/context.ts'
import { VERSION } from './lib/version.ts'
import { startTelemetry, type Telemetry } from './ops/telemetry/start-telemetry.ts'
import { readTelemetrySettings } from './ops/telemetry/telemetry-settings.ts'
import { secretsOf } from './secrets-of.ts'

/** Traces of runs, where the settings say that somebody wants them. */
export async function openTelemetry(config: Config, kernel: Kernel): Promise<Telemetry | null> {
  if (config.LANGSMITH_TRACING && !config.LANGSMITH_API_KEY)
    kernel.log.warn({}, 'LANGSMITH_TRACING needs LANGSMITH_API_KEY; nothing is sent to LangSmith')
  const { installation, processId } = kernel.settings
  const settings = readTelemetrySettings(config, {
    'service.name': 'countersign',
    'service.namespace': installation,
    'service.version': VERSION,
    'service.instance.id': processId,
  })
  return settings && startTelemetry(kernel, settings, VERSION, makeMask(secretsOf(config)))
}
