import type { Json } from '../../../lib/canonical-json.ts'
import { compileJsonSchema } from '../validate-json-schema.ts'
import type { Fault } from './describe-schema-errors.ts'
import { findReferences, listTexts } from './fill-template.ts'

/** The `handler_config` of a tool that calls an HTTP endpoint. */
export type HttpConfig = {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Scheme, host and port as they are; placeholders in path and query, filled percent-encoded. */
  url: string
  headers?: Record<string, string>
  query?: Record<string, Json>
  body?: Json
  /** `json` unless told otherwise. */
  body_type?: 'json' | 'form' | 'text'
  /** What the answer is read as (`json` unless told otherwise), and which part of it is the output. */
  response?: { type?: 'json' | 'text'; path?: string }
}

const SCALAR = { type: ['string', 'number', 'boolean'] }

const HTTP_CONFIG = {
  type: 'object',
  required: ['method', 'url'],
  additionalProperties: false,
  properties: {
    method: { enum: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] },
    url: { type: 'string', maxLength: 2000 },
    headers: {
      type: 'object',
      maxProperties: 50,
      propertyNames: { pattern: "^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$" },
      additionalProperties: { type: 'string', maxLength: 4000 },
    },
    query: {
      type: 'object',
      maxProperties: 100,
      additionalProperties: { anyOf: [SCALAR, { type: 'array', items: SCALAR }] },
    },
    body: {},
    body_type: { enum: ['json', 'form', 'text'] },
    response: {
      type: 'object',
      additionalProperties: false,
      properties: {
        type: { enum: ['json', 'text'] },
        path: { type: 'string', minLength: 1, maxLength: 500 },
      },
    },
  },
}

/** Those that the connection itself sets; `idempotency-key` is ours, on every request. */
const RESERVED_HEADERS =
  /^(host|content-length|transfer-encoding|connection|keep-alive|upgrade|te|trailer|expect|proxy-.*|idempotency-key)$/i

/** What is wrong with the configuration of an HTTP tool that is to be registered. */
export function checkHttpConfig(config: unknown): Fault[] {
  const faults = compileJsonSchema(HTTP_CONFIG)(config)
  if (faults.length > 0) return faults
  const checked = config as HttpConfig
  return [
    ...checkTemplates(checked),
    ...checkUrl(checked.url),
    ...checkHeaders(checked.headers ?? {}),
    ...checkBody(checked),
  ]
}

function checkTemplates(config: HttpConfig): Fault[] {
  const faults: Fault[] = []
  for (const { path, text, isName } of listTexts(config as Json)) {
    for (const reference of findReferences(text)) {
      const refuse = (message: string) => faults.push({ path, message, keyword: 'template' })
      if (typeof reference === 'string') {
        refuse(
          `expected {{input.path}}, {{secret.NAME}} (letters, digits, _) or {{idempotency_key}}, got ${reference.slice(0, 80)}`,
        )
      } else if (isName) refuse('expected a name without placeholders')
      else if (reference.kind === 'secret' && !/^(headers|query|body)\b/.test(path)) {
        refuse('expected secrets in headers, query or body only: addresses end up in logs')
      }
    }
  }
  return faults
}

/** Splits an address before its path. Between scheme and path nothing is filled in, so no input can change it. */
export function splitUrl(url: string): { origin: string; path: string; query: string } | undefined {
  const tight = url.replace(/\{\{([^{}]*)\}\}/g, (_, inner: string) => `{{${inner.trim()}}}`)
  const match = /^(https?:\/\/[^/?#\\{}@\s]+)(\/[^?#\\\s]*)?(?:\?([^#\\\s]*))?$/.exec(tight)
  if (!match || !URL.canParse(match[1]!)) return undefined
  return { origin: new URL(match[1]!).origin, path: match[2] ?? '/', query: match[3] ?? '' }
}

/** A path segment that an address parser takes as "here" or "one up". */
export const DOT_SEGMENT = /^(\.|%2e){1,2}$/i

function checkUrl(url: string): Fault[] {
  const parts = splitUrl(url)
  const refuse = (message: string) => [{ path: 'url', message, keyword: 'url' }]
  if (!parts) {
    return refuse(
      'expected http(s)://host[:port]/path?query: the host without placeholders, no user name, no #fragment, no spaces or backslashes',
    )
  }
  if (parts.path.split('/').some((segment) => DOT_SEGMENT.test(segment))) {
    return refuse("expected a path without '.' and '..'")
  }
  return []
}

function checkHeaders(headers: Record<string, string>): Fault[] {
  return Object.entries(headers).flatMap(([name, value]) => {
    const refuse = (message: string) => [{ path: `headers.${name}`, message, keyword: 'header' }]
    if (RESERVED_HEADERS.test(name)) return refuse('expected another header: this one is set by itself')
    return HEADER_VALUE.test(value)
      ? []
      : refuse('expected a value without line breaks and control characters')
  })
}

/** What a header's value may hold (RFC 9110): visible characters, spaces and tabs. A line break would begin another header. */
export const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/

function checkBody({ method, body, body_type }: HttpConfig): Fault[] {
  const refuse = (message: string) => [{ path: 'body', message, keyword: 'body' }]
  if (body === undefined) return body_type ? refuse('expected a body, because body_type is given') : []
  if (method === 'GET') return refuse('expected no body with GET')
  if (body_type === 'text' && typeof body !== 'string')
    return refuse('expected a text, because body_type is text')
  if (body_type !== 'form') return []
  const isForm = body !== null && typeof body === 'object' && !Array.isArray(body)
  return isForm ? [] : refuse('expected an object, because body_type is form')
}
