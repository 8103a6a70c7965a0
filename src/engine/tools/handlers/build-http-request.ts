import type { Json } from '../../../lib/canonical-json.ts'
import { ToolError } from '../tool-handler.ts'
import { DOT_SEGMENT, HEADER_VALUE, type HttpConfig, splitUrl } from './check-http-config.ts'
import { fillText, fillValue, type TemplateValues } from './fill-template.ts'

export type HttpRequest = {
  url: string
  method: HttpConfig['method']
  headers: Record<string, string>
  body?: string
}

const CONTENT_TYPES = {
  json: 'application/json',
  form: 'application/x-www-form-urlencoded',
  text: 'text/plain; charset=utf-8',
}

/** Fills a configuration that `checkHttpConfig` found no fault with. Nothing is sent yet. */
export function buildHttpRequest(config: HttpConfig, values: TemplateValues): HttpRequest {
  const { method, body_type: bodyType = 'json' } = config
  const headers: Record<string, string> = {
    accept: config.response?.type === 'text' ? '*/*' : 'application/json',
    'user-agent': 'countersign',
    ...(config.body !== undefined && { 'content-type': CONTENT_TYPES[bodyType] }),
  }
  for (const [name, template] of Object.entries(config.headers ?? {})) {
    const value = scalar(fillValue(template, values), `header '${name}'`)
    if (value === undefined) continue
    if (!HEADER_VALUE.test(value)) {
      throw new ToolError(
        'invalid_value',
        `expected a value for the header '${name}' without line breaks, control characters and letters beyond Latin-1`,
      )
    }
    headers[name.toLowerCase()] = value
  }
  headers['idempotency-key'] = values.idempotencyKey
  const body = config.body === undefined ? undefined : buildBody(config.body, bodyType, values)
  return { url: buildUrl(config, values), method, headers, ...(body !== undefined && { body }) }
}

/**
 * Path segments and query are filled percent-encoded, so that a value stays within its place. Two values would leave
 * it all the same: nothing (`/users/` is another resource than `/users/7`) and dots (`/users/..`).
 */
function buildUrl({ url, query = {} }: HttpConfig, values: TemplateValues): string {
  const parts = splitUrl(url)
  if (!parts) throw new ToolError('handler_config_invalid', 'the address of this tool is not usable')
  const segments = parts.path.split('/').map((template) => {
    const segment = fillText(template, values, percentEncode)
    if (DOT_SEGMENT.test(segment) || (segment === '' && template !== '')) {
      throw new ToolError(
        'invalid_value',
        `expected a value for ${template} that is a name of its own, got '${segment}'; it would lead to another address`,
      )
    }
    return segment
  })
  const added = new URLSearchParams()
  for (const [name, template] of Object.entries(query)) {
    for (const item of [fillValue(template, values)].flat()) {
      const value = scalar(item, `query '${name}'`)
      if (value !== undefined) added.append(name, value)
    }
  }
  const filled = new URL(parts.origin + segments.join('/'))
  filled.search = [fillText(parts.query, values, percentEncode), added.toString()].filter(Boolean).join('&')
  if (filled.origin !== parts.origin) {
    throw new ToolError('invalid_value', 'the input would lead to another server; nothing was sent')
  }
  return filled.href
}

function percentEncode(value: string): string {
  return encodeURIComponent(value.toWellFormed())
}

function buildBody(template: Json, type: 'json' | 'form' | 'text', values: TemplateValues): string {
  const body = fillValue(template, values)
  if (body === undefined)
    throw new ToolError('input_missing', `this tool needs ${template}, which is not given`)
  if (type === 'json') return JSON.stringify(body)
  if (type === 'text') return scalar(body, 'body') ?? ''
  const form = new URLSearchParams()
  for (const [name, inner] of Object.entries(body as Record<string, Json>)) {
    for (const item of [inner].flat()) {
      const value = scalar(item, `form member '${name}'`)
      if (value !== undefined) form.append(name, value)
    }
  }
  return form.toString()
}

/** A text, number or boolean as text; nothing for nothing and null. */
function scalar(value: Json | undefined, place: string): string | undefined {
  if (value === undefined || value === null) return undefined
  if (typeof value !== 'object') return String(value)
  const got = Array.isArray(value) ? 'a list' : 'an object'
  throw new ToolError('invalid_value', `expected a text, number or boolean for the ${place}, got ${got}`)
}
