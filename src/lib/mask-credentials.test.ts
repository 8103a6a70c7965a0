import { expect, test } from 'vitest'
import { isSecretName, maskCredentials } from './mask-credentials.ts'

const SECRET = 'Zm9vYmFyYmF6cXV4MTIzNDU2'

test.each([
  ['an API key', `got csk_${SECRET}${SECRET}`],
  ['a refresh token', `csr_${SECRET}${SECRET} again`],
  ['a signed token', `token eyJhbGciOiJFZERTQSJ9.${SECRET}.${SECRET}`],
  ['a bearer', `authorization: Bearer ${SECRET}`],
  ['user and password of a request', `Basic ${SECRET}==`],
  ['a key of a provider', `incorrect key sk-proj-${SECRET}`],
  ['a connection string', `postgres://ana:${SECRET}@db.example.com/countersign`],
  ['a password with an @ in it', `smtps://ana:p@${SECRET}@mail.example.com`],
  ['an incoming webhook', `https://hooks.slack.com/services/T0/B0/${SECRET}`],
  ['a parameter of an address', `GET /callback?state=1&code=${SECRET}&x=2`],
  ['a member of JSON', `{"password":"${SECRET}","n":1}`],
  ['a member of JSON within JSON', JSON.stringify({ text: JSON.stringify({ api_key: SECRET }) })],
  ['an assignment', `started with password=${SECRET}, port=1`],
])('masks %s', (_what, text) => {
  const masked = maskCredentials(text)
  expect(masked).not.toContain(SECRET)
  expect(masked).toContain('[secret]')
})

test('leaves alone what only speaks of credentials, and JSON stays JSON', () => {
  for (const text of [
    'expected a credential: Authorization: Bearer <access token or API key>, or X-API-Key',
    'the basic understanding of tokens',
    'https://example.com/a@b?token_type=x',
    JSON.stringify({ token: null, secret: false, usage: { input_tokens: 12 }, key: 'plain' }),
  ]) {
    expect(maskCredentials(text)).toBe(text)
  }
  const line = JSON.stringify({
    url: `postgres://a:${SECRET}@b/c`,
    more: [`Bearer ${SECRET}`],
    token: SECRET,
  })
  expect(JSON.parse(maskCredentials(line))).toEqual({
    url: 'postgres://[secret]@b/c',
    more: ['Bearer [secret]'],
    token: '[secret]',
  })
})

test('members that hold a secret are known by their names, however they are spelled', () => {
  const secret = [
    'Authorization',
    'set-cookie',
    'apiKey',
    'X-API-Key',
    'refresh_token',
    'clientSecret',
    'DATABASE_URL',
  ]
  const plain = ['input_tokens', 'idempotency_key', 'step_id', 'keys', 'tokens', 'path']
  expect(secret.filter((name) => !isSecretName(name))).toEqual([])
  expect(plain.filter(isSecretName)).toEqual([])
})
