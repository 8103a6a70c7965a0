type AttributeValue = string | number | boolean | string[]
export type Attributes = Record<string, AttributeValue>

/** Another span, of this trace or another. */
export type SpanLink = { traceId: string; spanId: string; attributes: Attributes }
type SpanEvent = { name: string; at: bigint; attributes: Attributes }

/** A span that has begun. Times are nanoseconds since 1970. */
export type OpenSpan = {
  spanId: string
  /** Null for one that nothing stands above. */
  parentId: string | null
  name: string
  /** `client` for what leaves this program. */
  kind: 'internal' | 'client'
  startedAt: bigint
  attributes: Attributes
  events: SpanEvent[]
  droppedEvents: number
  links: SpanLink[]
}

export type EndedSpan = OpenSpan & {
  traceId: string
  endedAt: bigint
  /** What kind of fault ended it; null when none did. */
  errorType: string | null
  /** The fault in words, where texts are told at all. */
  errorText: string | null
}

/** OpenTelemetry's own default. A run that waits for years must not fill the memory. */
const MAX_EVENTS = 128

export function addSpanEvent(span: OpenSpan, name: string, at: bigint, attributes: Attributes): void {
  if (span.events.length < MAX_EVENTS) span.events.push({ name, at, attributes })
  else span.droppedEvents++
}

/** Attributes without those that nobody knows. */
export const known = (attributes: Record<string, AttributeValue | null | undefined>): Attributes =>
  Object.fromEntries(
    Object.entries(attributes).filter((entry): entry is [string, AttributeValue] => entry[1] != null),
  )
