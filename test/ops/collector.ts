import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect } from 'vitest'

type Value = {
  stringValue?: string
  intValue?: number
  doubleValue?: number
  boolValue?: boolean
  arrayValue?: { values: Value[] }
}
type KeyValue = { key: string; value: Value }
type OtlpSpan = {
  traceId: string
  spanId: string
  parentSpanId?: string
  name: string
  kind: number
  startTimeUnixNano: string
  endTimeUnixNano: string
  attributes: KeyValue[]
  status: { code: number; message?: string }
  events: { name: string; timeUnixNano: string; attributes: KeyValue[] }[]
  links: { traceId: string; spanId: string; attributes: KeyValue[] }[]
}

export type CollectedSpan = Omit<OtlpSpan, 'attributes' | 'events' | 'links'> & {
  attributes: Record<string, unknown>
  events: { name: string; attributes: Record<string, unknown> }[]
  links: { traceId: string; spanId: string; attributes: Record<string, unknown> }[]
  resource: Record<string, unknown>
}

const read = (value: Value): unknown =>
  value.arrayValue
    ? value.arrayValue.values.map(read)
    : (value.stringValue ?? value.intValue ?? value.doubleValue ?? value.boolValue)
const readAll = (attributes: KeyValue[]) =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, read(value)]))

/** A collector on loopback that takes OTLP as JSON over HTTP and keeps the spans that it was sent. */
export async function openCollector() {
  const spans: CollectedSpan[] = []
  const requests: { path: string; headers: IncomingHttpHeaders; body: string }[] = []
  const collector = { status: 200 }
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const body = Buffer.concat(chunks).toString()
    requests.push({ path: request.url!, headers: request.headers, body })
    if (collector.status === 200) spans.push(...decode(body))
    response.writeHead(collector.status, { 'content-type': 'application/json' }).end('{}')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    ...collector,
    url,
    spans,
    requests,
    /** What requests are answered from here on. */
    answer(status: number) {
      collector.status = status
    },
    ofTrace: (traceId: string) => spans.filter((span) => span.traceId === traceId),
    /** The spans of a trace, once one of them has this name. */
    async whenTold(traceId: string, name: string): Promise<CollectedSpan[]> {
      const told = () => spans.filter((span) => span.traceId === traceId)
      await expect.poll(() => told().map((span) => span.name), { timeout: 10_000 }).toContain(name)
      return told()
    },
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function decode(body: string): CollectedSpan[] {
  const { resourceSpans } = JSON.parse(body) as {
    resourceSpans: { resource: { attributes: KeyValue[] }; scopeSpans: { spans: OtlpSpan[] }[] }[]
  }
  return resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap((scope) =>
      scope.spans.map((span) => ({
        ...span,
        attributes: readAll(span.attributes),
        events: span.events.map((event) => ({ name: event.name, attributes: readAll(event.attributes) })),
        links: span.links.map((link) => ({ ...link, attributes: readAll(link.attributes) })),
        resource: readAll(resource.attributes),
      })),
    ),
  )
}
