import { expect, test } from 'vitest'
import { makeInvitation, makeKey, makeSession, makeUser, signedInAs, uuid } from './fake-people.ts'
import { refuse } from './fake-server.ts'
import { ago, LOCAL } from './fixtures.ts'
import { checkPage, LOOKS, setUpStudio, tryAgain, visit } from './open-studio.ts'

const studio = setUpStudio()
const WAIT = { timeout: 8_000 }

/** Ana administers a tenant of four; some names are hostile. */
function fill() {
  const { people } = studio.state
  studio.state.installation = signedInAs(people.user)
  people.members = [
    people.user,
    makeUser(2, { name: 'Ben Sousa', role: 'developer' }),
    makeUser(3, { name: `\u202eEva ${'long '.repeat(30)}` }),
  ]
  people.sessions = [
    makeSession(11, { current: true }),
    makeSession(12, { user_agent: `curl/8.14.1 ${'x'.repeat(300)}`, ip: '2001:db8:85a3::8a2e:370:7334' }),
    makeSession(13, { user_agent: null, ip: null }),
  ]
  people.keys = [
    makeKey(21, { name: 'procurement agent', policies: ['pol_1'], expires_at: ago(-900) }),
    makeKey(22, { name: 'old', revoked_at: ago(5), last_used_at: ago(6) }),
    makeKey(23, { name: 'late', expires_at: ago(5) }),
  ]
  const owner = { id: uuid(2), name: 'Ben Sousa', email: 'person2@example.com' }
  people.tenantKeys = [
    { ...people.keys[0]!, owner: { id: uuid(1), name: 'Ana Lobo', email: 'ana@example.com' } },
    { ...makeKey(24, { name: 'of Ben' }), owner },
  ]
  people.invitations = [
    makeInvitation(31),
    makeInvitation(32, { status: 'accepted', accepted_at: ago(4) }),
    makeInvitation(33, { status: 'revoked', revoked_at: ago(4) }),
  ]
  return people
}

const NOBODY = { ...LOCAL, mode: 'authenticated' as const, principal: null, has_accounts: true }
const sent = () => studio.state.calls.filter(({ method }) => method !== 'GET').at(-1)

test.each(LOOKS)(
  'axe finds nothing on the pages of people, %s',
  { timeout: 120_000 },
  async (_name, look, themes) => {
    fill()
    const page = await studio.open('/account', look)
    const check = async (path: string, sign: string) => {
      if (path) await visit(page, path)
      await checkPage(page, sign, themes)
    }
    await check('', 'LogLine ID')
    await check('/account/sessions', 'This one')
    await page.getByRole('button', { name: 'End the session of curl/8.14.1' }).click()
    await check('', 'End this session?')
    await check('/account/keys', 'procurement agent')
    await check(`/account/keys/${uuid(21)}`, 'Bound by')
    await check('/account/keys/new', 'It may')
    await page.getByLabel('Name').fill('new agent')
    await page.getByRole('button', { name: 'Make key' }).click()
    await check('', 'Copy the key now')
    await check('/members', 'Ben Sousa')
    await check(`/members/people/${uuid(3)}`, 'Change the role')
    await check(`/members/invitations/${uuid(31)}`, 'Invited by')
    await check('/members/invitations/new', 'Invite somebody')
    await page.getByLabel('E-mail').fill('new@example.com')
    await page.getByRole('button', { name: 'Make invitation' }).click()
    await check('', 'Copy the link now')
    await check(`/members/keys/${uuid(24)}`, 'Its owner revokes it.')
    studio.state.people.keys = []
    await page.goto(`${studio.server.url}/studio/account/keys`)
    await check('', 'No API key yet')
    studio.state.installation = LOCAL
    await page.goto(`${studio.server.url}/studio/account`)
    await check('', 'You are the local administrator')
    studio.state.installation = { ...NOBODY, oidc_provider: `login.${'long.'.repeat(12)}example.com` }
    await page.goto(`${studio.server.url}/studio/sign-in?fault=OIDC_DOMAIN`)
    await check('', 'Accounts with an e-mail of this domain may not sign in here.')
    await check('/register#invitation=csi_x&email=ben%40example.com', 'You join the tenant that invited you')
  },
)

test('what the provider refused is told in words of ours, whatever stands in the address', async () => {
  studio.state.installation = { ...NOBODY, oidc_provider: 'login.example.com' }
  const page = await studio.open('/sign-in?fault=OIDC_EMAIL_TAKEN')
  await page.getByText('Your e-mail has an account with a password here.').waitFor()
  const link = page.getByRole('link', { name: 'Continue with login.example.com' })
  expect(await link.getAttribute('href')).toBe('/api/v1/auth/oidc/start')
  await page.goto(`${studio.server.url}/studio/sign-in?fault=Call%20this%20number`)
  await page.getByText('The provider could not sign you in.').waitFor()
  expect(await page.getByText('Call this number').count()).toBe(0)
})

test('who registers reads first what they become; what the server finds wrong stands at its field', async () => {
  studio.state.installation = { ...NOBODY, has_accounts: false }
  const page = await studio.open('/register')
  await page.getByText('Yours becomes the administrator of this installation').waitFor()
  studio.state.installation = NOBODY
  await page.reload()
  await page.getByText('You get a tenant of your own').waitFor()
  studio.state.intercept = ({ path }) => {
    if (!path.endsWith('/register')) return undefined
    const answer = refuse(409, 'EMAIL_TAKEN', 'got one that is taken')
    const details = [{ path: 'email', message: 'got one that is taken', type: 'x', code: 'EMAIL_TAKEN' }]
    Object.assign((answer.body as { error: object }).error, { details })
    return answer
  }
  await page.getByLabel('E-mail').fill('ana@example.com')
  await page.getByLabel('Name').fill('Ana')
  await page.getByLabel('Password').fill('long enough')
  await page.getByRole('button', { name: 'Make account' }).click()
  await page.getByText('got one that is taken').waitFor()
  expect(await page.getByLabel('E-mail').getAttribute('aria-invalid')).toBe('true')
})

test('a thousand sessions and keys are lists like any other, and filters stand in the address', async () => {
  const people = fill()
  people.sessions = Array.from({ length: 1000 }, (_, index) => makeSession(index))
  people.keys = Array.from({ length: 1000 }, (_, index) =>
    makeKey(index, index % 2 ? { revoked_at: ago(1) } : {}),
  )
  const page = await studio.open('/account/sessions')
  await page.getByText('1000 sessions').waitFor()
  expect(await page.locator('li[aria-setsize="1000"]').count()).toBeLessThan(100)
  await page.goto(`${studio.server.url}/studio/account/keys`)
  await page.getByText('1000 keys').waitFor()
  await page.getByLabel('State').selectOption('live')
  await page.getByText('500 of 1000 keys').waitFor()
  await page.getByLabel('Find a key').fill('agent 998')
  await page.getByText('1 of 1000 keys').waitFor()
  expect(new URL(page.url()).search).toBe('?state=live&q=agent+998')
  await page.reload()
  await page.getByText('1 of 1000 keys').waitFor()
  expect(await page.locator('li[aria-setsize]').count()).toBe(1)
})

test('a key says who may do what with it: nothing chosen and a day that is over are faults', async () => {
  fill()
  const page = await studio.open('/account/keys/new')
  await page.getByLabel('Name').fill('agent')
  await page.getByLabel('read', { exact: true }).uncheck()
  await page.getByLabel(/^write/).uncheck()
  await page.getByLabel('Expires').selectOption('day')
  await page.getByLabel('Last day').fill('2020-01-31')
  await page.getByRole('button', { name: 'Make key' }).click()
  await page.getByText('Choose at least one.').waitFor()
  await page.getByText('Choose a day that is not over.').waitFor()
  await page.getByLabel('read', { exact: true }).check()
  await page.getByLabel('Expires').selectOption('never')
  await page.getByRole('button', { name: 'Make key' }).click()
  await page.getByText('Copy the key now').waitFor()
  expect(sent()!.body).toEqual({ name: 'agent', permissions: ['read'], policies: [], expires_at: null })
})

test('a refusal says that nothing was done, and no answer that nobody knows', async () => {
  fill()
  studio.state.intercept = ({ path }) =>
    path.endsWith('/revoke') ? refuse(403, 'FORBIDDEN', 'Not for you') : undefined
  const page = await studio.open(`/account/keys/${uuid(21)}`)
  await page.getByRole('button', { name: 'Revoke key…' }).click()
  await page.getByRole('button', { name: 'Revoke key', exact: true }).click()
  await page.getByText('The key was not revoked.').waitFor()
  studio.state.intercept = ({ method }) => (method === 'PATCH' ? 'hang-up' : undefined)
  await page.goto(`${studio.server.url}/studio/members/people/${uuid(2)}`)
  const form = page.getByRole('form', { name: 'Change the role' })
  await form.getByLabel('Role').selectOption('admin')
  await form.getByRole('button', { name: 'Give this role' }).click()
  await page.getByText('It may or may not have been done.').waitFor()
})

test('lists that cannot be read say so and are read again on request', async () => {
  fill()
  studio.state.intercept = ({ path }) =>
    /sessions|members/.test(path) ? refuse(403, 'FORBIDDEN', 'Not for this key') : undefined
  const page = await studio.open('/account/sessions')
  await page.getByText('Not for this key').waitFor()
  await page.goto(`${studio.server.url}/studio/members`)
  await page.getByText('Not for this key').waitFor()
  studio.state.intercept = () => undefined
  await tryAgain(page, page.getByText('Ben Sousa'))
})

test('nobody is offered to change their own role, and who may not see a page reads who can', async () => {
  const people = fill()
  const page = await studio.open(`/members/people/${uuid(1)}`)
  await page.getByText('Nobody changes their own role').waitFor()
  studio.state.installation = signedInAs(people.members[1]!)
  for (const path of ['invitations', 'invitations/new', 'keys']) {
    await page.goto(`${studio.server.url}/studio/members/${path}`)
    await page.getByText('Your role does not see this.').waitFor()
    await page.getByRole('link', { name: 'Ana Lobo' }).waitFor()
  }
  const asked = studio.state.calls.map(({ path }) => path)
  expect(asked).not.toContain('/api/v1/auth/invitations')
  await expect
    .poll(() => page.getByRole('link', { name: 'Members' }).getAttribute('aria-current'), WAIT)
    .toBe('page')
})
