import { expect, test } from 'vitest'
import { isSecretName, maskBeginning, maskCredentials } from './mask-credentials.ts'

const SECRET = 'Zm9vYmFyYmF6cXV4MTIzNDU2'

test.each([
  ['an API key', `got csk_${SECRET}${SECRET}`],
  ['a refresh token', `csr_${SECRET}${SECRET} again`],
  ['a signed token', `token eyJhbGciOiJFZERTQSJ9.${SECRET}.${SECRET}`],
  ['a signed token behind a hyphen', `session-eyJhbGciOiJFZERTQSJ9.${SECRET}.${SECRET}`],
  ['a bearer', `authorization: Bearer ${SECRET}`],
  ['user and password of a request', `Basic ${SECRET}==`],
  ['a key of a provider', `incorrect key sk-proj-${SECRET}`],
  ['a token of GitHub', `github_pat_${SECRET}_${SECRET}`],
  ['a token of GitLab', `glpat-${SECRET}`],
  ['an access key with its id', `AKIAIOSFODNN7EXAMPLE ${SECRET}${SECRET.slice(0, 16)}`],
  ['a key that names itself', `aws_secret_access_key=${SECRET}${SECRET.slice(0, 16)}`],
  ['a key of Google', `got AIza${SECRET}${SECRET.slice(0, 11)}`],
  ['a private key', `-----BEGIN RSA PRIVATE KEY-----\n${SECRET}\n${SECRET}=\n-----END RSA PRIVATE KEY-----`],
  [
    'a private key in JSON',
    JSON.stringify({
      type: 'service_account',
      private_key: `-----BEGIN PRIVATE KEY-----\nAB+c\n${SECRET}\n`,
    }),
  ],
  ['a member that says who asks', `{"authorization":"Token ${SECRET}"}`],
  ['a private key of another form', `{"private_key":"${SECRET}"}`],
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

test('the beginning of a text shows nothing of what was cut', () => {
  const longest = 100
  expect(maskBeginning('plain words', longest)).toBe('plain words')
  expect(maskBeginning('plain '.repeat(10_000), longest)).toBe('plain '.repeat(20).slice(0, longest))
  // The cut goes through an address whose password would be known by what comes behind it.
  for (const before of [0, 50, longest, longest + 4_000, longest + 4_090]) {
    const shown = maskBeginning(
      `${'x '.repeat(before / 2)}smtp://ana:${SECRET.repeat(100)}@example.com`,
      longest,
    )
    expect(shown).not.toContain(SECRET)
    expect(shown.length).toBeLessThanOrEqual(longest)
  }
  // What is masked is shorter than what stood there, so the cut moves up; what it cut is left out all the same.
  const shrinking = `${`Bearer ${'b'.repeat(500)} `.repeat(8)}smtp://ana:${SECRET.repeat(100)}@example.com`
  expect(maskBeginning(shrinking, longest)).not.toContain(SECRET)
})

test('a text that was made to be slow takes no longer than in proportion to its length', () => {
  const LENGTH = 64_000
  const measure = (text: string) =>
    Math.min(
      ...[1, 2, 3].map(() => {
        const began = performance.now()
        maskCredentials(text)
        return performance.now() - began
      }),
    )
  const plain = measure('some words of a log '.repeat(LENGTH / 20))
  // Each would take thousands of times as long, were it read again from each of its places.
  for (const [begin, again] of [
    ['', 'a'],
    ['', 'a://'],
    ['', 'eyJaaaaa-'],
    ['', 'eyJaaaaa.'],
    ['', '-----BEGIN PRIVATE KEY-----'],
    ['-----BEGIN PRIVATE KEY-----', '\\'],
    ['"token', '\\'],
    ['"token"', ' '],
    ['Bearer ', ' '],
    ['a://', 'a:'],
  ]) {
    const text = `${begin}${again!.repeat(LENGTH / again!.length)}\0`
    expect(measure(text), JSON.stringify([begin, again])).toBeLessThan(plain * 100 + 50)
  }
})
