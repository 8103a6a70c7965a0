import { describe, expect, test } from 'vitest'
import { checkHttpConfig } from './check-http-config.ts'

describe('checkHttpConfig', () => {
  const ok = { method: 'POST', url: 'https://api.example.org/v1/{{input.id}}?x={{ input.x }}' }

  test.each([
    ok,
    { ...ok, headers: { Authorization: 'Bearer {{secret.API_KEY}}' }, query: { a: [1, 'b', true] } },
    { ...ok, body: { any: [{ thing: '{{input.a.0}}' }] }, response: { type: 'json', path: 'a.b' } },
    { ...ok, body: '{{input}}', body_type: 'text' },
    { method: 'GET', url: 'http://[::1]:8080' },
  ])('finds no fault with %j', (config) => {
    expect(checkHttpConfig(config)).toEqual([])
  })

  test.each([
    ['nothing', null, ''],
    ['an unknown member', { ...ok, retries: 3 }, 'retries'],
    ['an unknown method', { ...ok, method: 'TRACE' }, 'method'],
    ['no address', { method: 'GET' }, 'url'],
    ['another scheme', { ...ok, url: 'file:///etc/passwd' }, 'url'],
    ['a host from the input', { ...ok, url: 'https://{{input.host}}/' }, 'url'],
    ['a part of a host from the input', { ...ok, url: 'https://api{{input.x}}.example.org/' }, 'url'],
    ['a port from the input', { ...ok, url: 'https://example.org:{{input.port}}/' }, 'url'],
    ['a scheme from the input', { ...ok, url: '{{input.scheme}}://example.org/' }, 'url'],
    ['a user name', { ...ok, url: 'https://me:pw@example.org/' }, 'url'],
    ['a fragment', { ...ok, url: 'https://example.org/#a' }, 'url'],
    ['a backslash', { ...ok, url: 'https://example.org\\@evil.example/' }, 'url'],
    ['a line break', { ...ok, url: 'https://example.org/\n' }, 'url'],
    ['dots in the path', { ...ok, url: 'https://example.org/a/../b' }, 'url'],
    ['a secret in the address', { ...ok, url: 'https://example.org/?k={{secret.K}}' }, 'url'],
    ['a secret of no proper name', { ...ok, body: ['{{secret.my-key}}'] }, 'body.0'],
    ['an unknown placeholder', { ...ok, body: { a: '{{env.HOME}}' } }, 'body.a'],
    ['an open brace', { ...ok, headers: { a: '{{input.b' } }, 'headers.a'],
    ['a placeholder in a name', { ...ok, body: { '{{input.a}}': 1 } }, 'body.{{input.a}}'],
    ['a header of no proper name', { ...ok, headers: { 'a b': 'c' } }, 'headers'],
    ['a header of two lines', { ...ok, headers: { a: 'b\r\nc: d' } }, 'headers.a'],
    ['the host as a header', { ...ok, headers: { Host: 'evil.example' } }, 'headers.Host'],
    ['the key as a header', { ...ok, headers: { 'Idempotency-Key': 'mine' } }, 'headers.Idempotency-Key'],
    ['an object in the query', { ...ok, query: { a: { b: 1 } } }, 'query.a'],
    ['a body with GET', { ...ok, method: 'GET', body: {} }, 'body'],
    ['a type without a body', { ...ok, body_type: 'json' }, 'body'],
    ['a list as a form', { ...ok, body: [], body_type: 'form' }, 'body'],
    ['an object as a text', { ...ok, body: {}, body_type: 'text' }, 'body'],
    ['an unknown type of answer', { ...ok, response: { type: 'xml' } }, 'response.type'],
  ])('finds fault with %s', (_, config, path) => {
    expect(checkHttpConfig(config).map((fault) => fault.path)).toContain(path)
  })
})
