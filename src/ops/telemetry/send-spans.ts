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
import { makeRoom, type Room } from './make-room.ts'
import type { EndedSpan } from './span.ts'
import type { Destination, TelemetrySettings } from './telemetry-settings.ts'

/** Spans wait this long for others that share their request. */
const SEND_AFTER_MS = 1_000
/** What waits for one collector while it is away or slow, what is being sent included; what is more than this is lost. */
const MOST_WAITING: Room = { number: 4_096, bytes: 32 * 1024 * 1024 }
const NAME = 'countersign'

export type SpanSender = {
  isSampled(runId: string): boolean
  send(spans: EndedSpan[]): void
  /** Sends what waits. */
  close(): Promise<void>
}

/** Opens what sends spans. This file alone loads the SDK, so it is imported where something is to be sent. */
export function openSpanSender(
  settings: TelemetrySettings,
  version: string,
  log: Logger,
  mostWaiting = MOST_WAITING,
): SpanSender {
  const resource = defaultResource().merge(resourceFromAttributes(settings.resource))
  const queues = settings.destinations.map((destination) => {
    const room = makeRoom(mostWaiting)
    const exporter = sayOnce(new OTLPTraceExporter(destination), destination, log)
    const processor = new BatchSpanProcessor({
      exporter: freeing(exporter, room.free),
      scheduledDelayMillis: SEND_AFTER_MS,
      maxQueueSize: mostWaiting.number,
      maxExportBatchSize: Math.min(512, mostWaiting.number),
    })
    return { room, processor }
  })
  const sampler = settings.ratio < 1 ? new TraceIdRatioBasedSampler(settings.ratio) : null
  return {
    isSampled: (runId) =>
      !sampler ||
      sampler.shouldSample(null, traceIdOf(runId)).decision === SamplingDecision.RECORD_AND_SAMPLED,
    send(spans) {
      for (const span of spans) {
        const readable = toReadableSpan(span, resource, version)
        const size = sizeOf(readable)
        for (const { room, processor } of queues) if (room.take(size)) processor.onEnd(readable)
      }
    },
    async close() {
      await Promise.allSettled(queues.map(({ processor }) => processor.shutdown()))
    },
  }
}

/** Gives the room of spans back once they were sent, or refused for good. */
function freeing(exporter: SpanExporter, free: (bytes: number) => void): SpanExporter {
  return {
    export: (spans, onResult) =>
      exporter.export(spans, (result) => {
        for (const span of spans) free(sizeOf(span))
        onResult(result)
      }),
    shutdown: () => exporter.shutdown(),
    forceFlush: async () => exporter.forceFlush?.(),
  }
}

/** Roughly: what else a span holds is small, and bounded by number. */
const SIZE_WITHOUT_TEXT = 2_000
const sizeOf = ({ attributes, status }: ReadableSpan): number =>
  Object.values(attributes).reduce<number>(
    (size, value) => size + (typeof value === 'string' ? value.length : 0),
    SIZE_WITHOUT_TEXT + (status.message?.length ?? 0),
  )

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
