import type { Kernel } from '../../kernel/context.ts'
import { maskBeginning, maskCredentials } from '../../lib/mask-credentials.ts'
import { pauseFor } from '../../lib/pause-for.ts'
import { followSpans } from './follow-spans.ts'
import type { EndedSpan } from './span.ts'
import type { TelemetrySettings } from './telemetry-settings.ts'

/** A collector that does not answer holds the end of the program up no longer than this. */
const CLOSE_WITHIN_MS = 3_000
/** Of a prompt or an output; a span must fit into a request. */
const LONGEST_TEXT = 32_000

export type Telemetry = {
  /** Sends what is left, within a bound. */
  close(): Promise<void>
}

/**
 * Tells a collector of the runs that this process writes. The SDK is loaded here and not before: who configured nothing
 * pays nothing.
 *
 * @param mask hides what the installation keeps secret.
 */
export async function startTelemetry(
  kernel: Pick<Kernel, 'ledger' | 'database' | 'log'>,
  settings: TelemetrySettings,
  version: string,
  mask: (text: string) => string,
): Promise<Telemetry> {
  const { openSpanSender } = await import('./send-spans.ts')
  const sender = openSpanSender(settings, version, kernel.log)
  const tell = (text: string) =>
    maskBeginning(text, LONGEST_TEXT, (beginning) => maskCredentials(mask(beginning)))
  const follower = followSpans(kernel, {
    isSampled: sender.isSampled,
    tell: settings.content ? tell : null,
    onSpans: (spans) => sender.send(spans.map((span) => withTextOf(span, settings.content ? tell : null))),
  })
  return {
    async close() {
      follower.stop()
      const stop = new AbortController()
      const late = pauseFor(CLOSE_WITHIN_MS, stop.signal).catch(() => {})
      await Promise.race([follower.drain().then(sender.close), late])
      stop.abort(new Error('the telemetry is closed'))
    },
  }
}

/** What a fault is called is told always; its words may hold what a person or a model wrote. */
const withTextOf = (span: EndedSpan, tell: ((text: string) => string) | null): EndedSpan => ({
  ...span,
  errorText: tell && span.errorText !== null ? tell(span.errorText) : null,
})
