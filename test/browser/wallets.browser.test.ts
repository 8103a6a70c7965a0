import type { Page } from 'playwright-core'
import { beforeEach, expect, test } from 'vitest'
import { type InjectedWallet, injectWallet } from './injected-wallet.ts'
import { findBarriers, setUpStudio } from './open-studio.ts'
import { DEVNET } from './plan-fixtures.ts'

const studio = setUpStudio()
const [ONE, OTHER] = [
  '0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266',
  '0x70997970C51812dc3A010C7d01b50e0d17dc79C8',
]
/** As the page shows them. */
const [ONE_SHOWN, OTHER_SHOWN] = ['0xf39Fd6e5…b92266', '0x70997970…dc79C8']
/** What opens a window of the wallet. */
const ASKS = ['wallet_requestPermissions', 'eth_requestAccounts']

beforeEach(() => {
  studio.state.intercept = ({ path }) =>
    path === '/v1/config/web3' ? { status: 200, body: { chains: [DEVNET] } } : undefined
})

const bar = (page: Page) => page.getByRole('group', { name: 'Wallet' })
const connectButton = (page: Page) => bar(page).getByRole('button', { name: 'Connect Test Wallet' })
const shows = (page: Page, account: string) => bar(page).getByText(account).waitFor()
const asksOf = ({ methods }: InjectedWallet) => methods.filter((method) => ASKS.includes(method))

test('nothing is asked of a wallet that nobody chose; the chosen one of two is there after a reload, and not asked again', async () => {
  const context = await studio.openContext()
  const first = await injectWallet(context, null, ONE, { rdns: 'org.first' })
  const second = await injectWallet(context, null, OTHER, { rdns: 'org.second' })
  // Both let the page in before: that alone chooses none of them.
  Object.assign(first, { isOpen: true })
  Object.assign(second, { isOpen: true })
  const page = await studio.openPage('/copilot', context)
  await bar(page).getByRole('button', { name: 'Connect Dev wallet (local chain only)' }).waitFor()
  expect(await connectButton(page).count()).toBe(2)
  expect(await findBarriers(page, ['light', 'dark'])).toEqual([])
  expect([first.methods, second.methods]).toEqual([[], []])

  await connectButton(page).nth(1).click()
  await shows(page, OTHER_SHOWN)
  expect(asksOf(second)).not.toEqual([])
  second.methods.length = 0
  await page.reload()
  await shows(page, OTHER_SHOWN)
  expect(asksOf(second)).toEqual([])
  // What the other one tells is nothing that was asked for.
  await first.announceChange()
  second.account = ONE
  await second.announceChange()
  await shows(page, ONE_SHOWN)
  expect(asksOf(first)).toEqual([])
})

test('what the wallet shows is followed: another account, another chain, locked and unlocked, before a reload and after', async () => {
  const context = await studio.openContext()
  const wallet = await injectWallet(context, null, ONE)
  Object.assign(wallet, { isOpen: true })
  // Which one was chosen is kept where it has ever been.
  await context.addInitScript(`localStorage.setItem('countersign.wallet', 'test.wallet')`)
  const page = await studio.openPage('/copilot', context)
  await shows(page, ONE_SHOWN)
  await shows(page, 'chain 31337')
  Object.assign(wallet, { account: OTHER, chainId: 10 })
  await wallet.announceChange()
  await shows(page, OTHER_SHOWN)
  await shows(page, 'chain 10')
  const unlock = async (isLocked: boolean) => {
    wallet.isLocked = isLocked
    await wallet.announceChange()
  }
  await unlock(true)
  await connectButton(page).waitFor()
  await unlock(false)
  await shows(page, OTHER_SHOWN)
  wallet.isLocked = true
  await page.reload()
  await connectButton(page).waitFor()
  await unlock(false)
  await shows(page, OTHER_SHOWN)
  Object.assign(wallet, { account: ONE })
  await wallet.announceChange()
  await shows(page, ONE_SHOWN)
  expect(asksOf(wallet)).toEqual([])
})

test('a no and a wallet without an account are said; who disconnects is so in all tabs, and after a reload', async () => {
  const context = await studio.openContext()
  const wallet = await injectWallet(context, null, ONE)
  const page = await studio.openPage('/copilot', context)
  wallet.rejects = true
  await connectButton(page).click()
  await page.getByText('You said no in the wallet. Nothing was connected.').waitFor()
  Object.assign(wallet, { rejects: false, isLocked: true })
  await connectButton(page).click()
  await page.getByText('The wallet shows no account: unlock it.').waitFor()
  expect(await findBarriers(page, ['light', 'dark'])).toEqual([])
  wallet.isLocked = false
  await connectButton(page).click()
  await shows(page, ONE_SHOWN)
  const tab = await studio.openPage('/copilot', context)
  await shows(tab, ONE_SHOWN)
  await tab.getByRole('button', { name: 'Disconnect' }).click()
  for (const one of [page, tab]) await connectButton(one).waitFor()
  await tab.reload()
  await connectButton(tab).waitFor()
  expect(await tab.getByRole('alert').count()).toBe(0)
})

test('a wallet that is connected answers the question for one, once, also where two pages show it', async () => {
  const asked = {
    mode: 'CLARIFY',
    assistant_message: 'Which wallet is it for?',
    questions: ['Which wallet is it for?'],
    run_id: null,
    run_ref: null,
    data: {},
    next_ui: null,
    classification: { missing_slots: ['wallet_address'] },
    pending: true,
    pending_slots: {},
    suggestions: [],
  }
  const answered = { ...asked, mode: 'GENERAL', assistant_message: 'It went on.', pending: false }
  const { intercept } = studio.state
  studio.state.intercept = (call) => {
    if (call.path !== '/v1/chat/route/stream') return intercept(call)
    const final = Object(call.body).wallet_address ? answered : asked
    return { status: 200, body: `event: final\ndata: ${JSON.stringify(final)}\n\n` }
  }
  const context = await studio.openContext()
  await injectWallet(context, null, ONE)
  const page = await studio.openPage('/copilot', context)
  await connectButton(page).waitFor()
  await page.getByLabel('Say what to do, or ask').fill('Swap 50 USDC to ETH')
  await page.keyboard.press('Enter')
  await page.getByText('Asks you: answer here').waitFor()
  const { search } = new URL(page.url())
  const tab = await studio.openPage(`/copilot${search}`, context)
  await tab.getByText('Asks you: answer here').waitFor()
  await connectButton(page).click()
  for (const one of [page, tab]) await one.getByText('It went on.').waitFor()
  const said = studio.state.calls.flatMap(({ path, body }) =>
    path === '/v1/chat/route/stream' ? [Object(body)] : [],
  )
  expect(said[1]).toMatchObject({
    message: ONE,
    wallet_address: ONE,
    conversation_id: said[0].conversation_id,
  })
  // Two pages may say it at the same moment: to the server it is one message.
  const ids = new Set(said.map(({ message_id }) => message_id))
  expect([...ids]).toEqual([said[0].message_id, `${said[0].message_id}-wallet`])
})

test('nobody is invited to send anything to an account whose key is public, but on the chain of play money', async () => {
  const page = await studio.open('/copilot')
  const example = page.getByRole('button', { name: `Send 10 USDC to ${OTHER}` })
  await example.waitFor()
  const base = { ...DEVNET, chain_id: 8453, name: 'Base', devnet_url: null }
  studio.state.intercept = ({ path }) =>
    path === '/v1/config/web3' ? { status: 200, body: { chains: [base, DEVNET] } } : undefined
  await page.reload()
  await page.getByRole('button', { name: 'Show my balances' }).waitFor()
  expect(await example.count()).toBe(0)
})
