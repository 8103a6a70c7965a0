import { type HrTime, SpanKind, SpanStatusCode, TraceFlags } from '@opentelemetry/api'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { defaultResource, type Resource, resourceFromAttributes } from '@opentelemetry/resources'
import {
  BatchSpanProcessor,
  type ReadableSpan,
  SamplingDecision,
  type SpanExporter,
  TraceIdRatioBasedSampler,
} from '@opentelemetry/sdk-trace'
import type { Logger } from '../../lib/logger.ts'
import { traceIdOf } from '../../lib/trace-id.ts'
import type { EndedSpan } from './span.ts'
import type { Destination, TelemetrySettings } from './telemetry-settings.ts'

/** Spans wait this long for others that share their request. */
const SEND_AFTER_MS = 1_000
/** What waits while a collector is away; what is more than this is lost. */
const MAX_WAITING = 4_096
const NAME = 'countersign'

export type SpanSender = {
  isSampled(runId: string): boolean
  send(spans: EndedSpan[]): void
  /** Sends what waits. */
  close(): Promise<void>
}

/** Opens what sends spans. This file alone loads the SDK, so it is imported where something is to be sent. */
export function openSpanSender(settings: TelemetrySettings, version: string, log: Logger): SpanSender {
  const resource = defaultResource().merge(resourceFromAttributes(settings.resource))
  const processors = settings.destinations.map(
    (destination) =>
      new BatchSpanProcessor({
        exporter: sayOnce(new OTLPTraceExporter(destination), destination, log),
        scheduledDelayMillis: SEND_AFTER_MS,
        maxQueueSize: MAX_WAITING,
      }),
  )
  const sampler = settings.ratio < 1 ? new TraceIdRatioBasedSampler(settings.ratio) : null
  return {
    isSampled: (runId) =>
      !sampler ||
      sampler.shouldSample(null, traceIdOf(runId)).decision === SamplingDecision.RECORD_AND_SAMPLED,
    send(spans) {
      for (const span of spans) {
        const readable = toReadableSpan(span, resource, version)
        for (const processor of processors) processor.onEnd(readable)
      }
    },
    async close() {
      await Promise.allSettled(processors.map((processor) => processor.shutdown()))
    },
  }
}

/** Says that a collector does not take spans, and that it does again: once each, however many were refused between. */
function sayOnce(exporter: SpanExporter, { url }: Destination, log: Logger): SpanExporter {
  const { host } = new URL(url)
  let failing = false
  return {
    export(spans, onResult) {
      exporter.export(spans, (result) => {
        const failed = result.code !== 0
        if (failed && !failing) {
          log.warn(
            { destination: host, reason: reasonOf(result.error) },
            'traces cannot be sent; runs go on, and this is said once until they can',
          )
        }
        if (!failed && failing) log.info({ destination: host }, 'traces are sent again')
        failing = failed
        onResult(result)
      })
    },
    shutdown: () => exporter.shutdown(),
    forceFlush: async () => exporter.forceFlush?.(),
  }
}

/** A status or a code: what a collector answers in words might repeat what it was sent. */
function reasonOf(error: (Error & { code?: string | number }) | undefined): string {
  if (!error) return 'unknown'
  return error.code === undefined ? error.name : String(error.code)
}

const toHrTime = (ns: bigint): HrTime => [Number(ns / 1_000_000_000n), Number(ns % 1_000_000_000n)]

function toReadableSpan(span: EndedSpan, resource: Resource, version: string): ReadableSpan {
  const { traceId, spanId, parentId } = span
  const contextOf = (id: string, trace = traceId) => ({
    traceId: trace,
    spanId: id,
    traceFlags: TraceFlags.SAMPLED,
  })
  const failed = span.errorType !== null
  return {
    name: span.name,
    kind: span.kind === 'client' ? SpanKind.CLIENT : SpanKind.INTERNAL,
    spanContext: () => contextOf(spanId),
    ...(parentId !== null && { parentSpanContext: contextOf(parentId) }),
    startTime: toHrTime(span.startedAt),
    endTime: toHrTime(span.endedAt),
    duration: toHrTime(span.endedAt - span.startedAt),
    ended: true,
    status: {
      code: failed ? SpanStatusCode.ERROR : SpanStatusCode.UNSET,
      ...(span.errorText !== null && { message: span.errorText }),
    },
    attributes: span.attributes,
    links: span.links.map((link) => ({
      context: contextOf(link.spanId, link.traceId),
      attributes: link.attributes,
    })),
    events: span.events.map(({ name, at, attributes }) => ({ name, time: toHrTime(at), attributes })),
    resource,
    instrumentationScope: { name: NAME, version },
    droppedAttributesCount: 0,
    droppedEventsCount: span.droppedEvents,
    droppedLinksCount: 0,
  }
}
