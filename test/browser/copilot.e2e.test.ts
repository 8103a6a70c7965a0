import type { Browser, Page } from 'playwright-core'
import { type Address, parseAbi } from 'viem'
import { afterAll, afterEach, expect, test } from 'vitest'
import { CANONICAL, DEPLOYER, DEV_ACCOUNT } from '../../src/web3/devnet/addresses.ts'
import { startTestDevnet, type TestDevnet } from '../harness/start-devnet.ts'
import { startTestServer, type TestServer } from '../harness/start-test-server.ts'
import { makeBatchAccount } from '../web3/batch-account.ts'
import { buildStudio } from './build-studio.ts'
import { type InjectedWallet, injectWallet } from './injected-wallet.ts'
import { closePages, withBrowser } from './launch-browser.ts'
import { checkPage, findBarriers, type Look } from './open-studio.ts'

const OTHER_ACCOUNT = '0x70997970C51812dc3A010C7d01b50e0d17dc79C8'
const HEADLINE = 'Swap 50 USDC to ETH on Uniswap with 0.5% slippage'
let browser: Browser
let devnet: TestDevnet
let server: TestServer
const complaints: string[] = []

withBrowser.beforeAll(async ({ browser: shared }) => {
  browser = shared
  const [started] = await Promise.all([startTestDevnet(), buildStudio()])
  devnet = started
  server = await startTestServer({ devnet, background: true })
})
afterEach(async () => {
  await closePages(browser)
  expect(complaints.splice(0), 'what the page complained about').toEqual([])
})
afterAll(async () => {
  await server?.close()
  await devnet?.stop()
})

async function newPage({ width = 1280, height = 900, touch = false }: Look = {}): Promise<Page> {
  const context = await browser.newContext({ viewport: { width, height }, hasTouch: touch, isMobile: touch })
  context.setDefaultTimeout(15_000)
  const page = await context.newPage()
  page.on('pageerror', (error) => complaints.push(String(error)))
  page.on('console', (message) => {
    // What the page may not reach it would only tell here.
    if (message.text().includes('Content Security Policy')) complaints.push(message.text())
  })
  return page
}

async function openWithWallet(): Promise<{ page: Page; wallet: InjectedWallet }> {
  const page = await newPage()
  const wallet = await injectWallet(page.context(), devnet, DEV_ACCOUNT)
  await page.goto(`${server.address}/studio/copilot`)
  await page.getByRole('button', { name: 'Connect Test Wallet' }).click()
  await page.getByText('chain 31337').waitFor()
  return { page, wallet }
}

async function say(page: Page, sentence: string): Promise<void> {
  await page.getByLabel(/^(Say what to do|Answer the copilot)/).fill(sentence)
  await page.keyboard.press('Enter')
}

/** Says it, until its run stands beside. */
async function ask(page: Page, sentence: string): Promise<void> {
  await say(page, sentence)
  await page.waitForURL(/\/copilot\?conversation=[0-9a-f]{32}&run=[0-9a-f-]{36}$/)
}

async function approve(page: Page): Promise<void> {
  await page.getByLabel('I understand and approve').check()
  await page.getByRole('button', { name: 'Approve plan' }).click()
  await page.getByRole('heading', { name: 'Execute' }).waitFor()
}

const readUsdc = (of: Address) =>
  devnet.client.readContract({
    address: CANONICAL.usdc,
    abi: parseAbi(['function balanceOf(address) view returns (uint256)']),
    functionName: 'balanceOf',
    args: [of],
  })

const readAllowance = () =>
  devnet.client.readContract({
    address: CANONICAL.usdc,
    abi: parseAbi(['function allowance(address, address) view returns (uint256)']),
    functionName: 'allowance',
    args: [DEV_ACCOUNT, CANONICAL.router],
  })

/** Somebody else buys so much ether that a swap within 0.5% no longer goes through. */
async function makeEtherDear(): Promise<void> {
  const abi = parseAbi([
    'function mint(address, uint256)',
    'function approve(address, uint256)',
    'function swapExactTokensForETH(uint256, uint256, address[], address, uint256)',
  ])
  const [buyer, dollars] = [{ account: DEPLOYER, chain: null, abi }, 100_000_000_000n]
  const { client } = devnet
  const [usdc, router] = [
    { ...buyer, address: CANONICAL.usdc },
    { ...buyer, address: CANONICAL.router },
  ]
  await client.writeContract({ ...usdc, functionName: 'mint', args: [DEPLOYER, dollars] })
  await client.writeContract({ ...usdc, functionName: 'approve', args: [CANONICAL.router, dollars] })
  const path = [CANONICAL.usdc, CANONICAL.weth]
  const args = [dollars, 0n, path, DEPLOYER, 10n ** 10n] as const
  await client.writeContract({ ...router, functionName: 'swapExactTokensForETH', args, gas: 1_000_000n })
}

test('a sentence becomes a swap that is shown, approved, signed by the wallet in its order and confirmed', {
  timeout: 120_000,
}, async () => {
  const { page, wallet } = await openWithWallet()
  const [usdc, ether] = [
    await readUsdc(DEV_ACCOUNT),
    await devnet.client.getBalance({ address: DEV_ACCOUNT }),
  ]
  await page.getByRole('button', { name: HEADLINE }).click()
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'What will be sent' }).waitFor()

  // In words that were read from the bytes, with what the simulation saw.
  await page.getByText('Allow Uniswap V2 to take exactly 50 USDC').waitFor()
  await page.getByText(/^2\. Swap 50 USDC for at least 0\.0198\d+ ETH on Uniswap V2$/).waitFor()
  await page.getByText(/^All of it was run on the state of block \d+, .* by eth_simulateV1\.$/).waitFor()
  await page.getByRole('row', { name: /^USDC -50 USDC/ }).waitFor()
  await page.getByText('0 failed, 0 warn').waitFor()
  expect(await findBarriers(page, ['light', 'dark'])).toEqual([])

  await expect.poll(() => page.getByRole('button', { name: 'Approve plan' }).isDisabled()).toBe(true)
  await approve(page)
  await page.getByRole('button', { name: 'Execute', exact: true }).click()
  await page.getByText('Confirmed. What was mined is what was approved.').waitFor()
  await page
    .getByText(/^Done\. 50 USDC became 0\.0199\d+ ETH\. The network fee was 0\.000\d+ ETH\.$/)
    .waitFor()
  // How it ended is in sight, though the button stood at the other end.
  const ending = page.getByRole('heading', { name: HEADLINE })
  const inSight = () => ending.boundingBox().then((box) => box !== null && box.y >= 0 && box.y < 900)
  await expect.poll(inSight).toBe(true)
  expect(wallet.asked.map(({ to }) => to.toLowerCase())).toEqual(
    [CANONICAL.usdc, CANONICAL.router].map((address) => address.toLowerCase()),
  )
  await page.getByRole('row', { name: /^USDC -50 USDC -50 USDC/ }).waitFor()
  await page.getByRole('row', { name: /^ETH \+0\.0199\d+ ETH \+0\.0199\d+ ETH/ }).waitFor()
  expect(await findBarriers(page)).toEqual([])
  expect(await readUsdc(DEV_ACCOUNT)).toBe(usdc - 50_000_000n)
  expect(await devnet.client.getBalance({ address: DEV_ACCOUNT })).toBeGreaterThan(
    ether + 19_000_000_000_000_000n,
  )

  // It is the address of the page that tells it: what is read anew is the same.
  await page.reload()
  await page.getByText('Confirmed. What was mined is what was approved.').waitFor()
})

test('a rejection in the wallet keeps the plan approved, and the same plan is executed afterwards', {
  timeout: 120_000,
}, async () => {
  const { page, wallet } = await openWithWallet()
  const usdc = await readUsdc(DEV_ACCOUNT)
  await ask(page, HEADLINE)
  await approve(page)
  wallet.rejects = true
  await page.getByRole('button', { name: 'Execute', exact: true }).click()
  await page.getByText(/^You said no in the wallet \(4001\)/).waitFor()
  expect(await readUsdc(DEV_ACCOUNT)).toBe(usdc)
  expect(await findBarriers(page)).toEqual([])

  // Another account is refused, another chain offers to switch.
  Object.assign(wallet, { rejects: false, account: OTHER_ACCOUNT })
  await wallet.announceChange()
  await page.getByText(/^The wallet shows another account\./).waitFor()
  expect(await page.getByRole('button', { name: 'Execute', exact: true }).isDisabled()).toBe(true)
  // One that the wallet knows, and one that it is told of first.
  for (const unknownChains of [[], [31337]]) {
    Object.assign(wallet, { account: DEV_ACCOUNT, chainId: 1, unknownChains })
    await wallet.announceChange()
    await page.getByRole('button', { name: 'Switch to Devnet' }).click()
    await page.getByText('chain 31337').first().waitFor()
  }
  expect(wallet.methods.filter((method) => method === 'wallet_addEthereumChain')).toHaveLength(1)
  await page.getByRole('button', { name: 'Execute', exact: true }).click()
  await page.getByText('Confirmed. What was mined is what was approved.').waitFor()
  expect(await readUsdc(DEV_ACCOUNT)).toBe(usdc - 50_000_000n)
})

test('a run is ended by who says that the wallet has sent nothing of it, and says so', async () => {
  const { page, wallet } = await openWithWallet()
  await ask(page, 'Wrap 1 ETH')
  await approve(page)
  expect(await page.getByRole('button', { name: 'I will not send it…' }).count()).toBe(0)
  wallet.rejects = true
  await page.getByRole('button', { name: 'Execute', exact: true }).click()
  await page.getByText(/^You said no in the wallet \(4001\)/).waitFor()
  await page.getByRole('button', { name: 'I will not send it…' }).click()
  expect(await findBarriers(page)).toEqual([])
  await page.getByRole('button', { name: 'Nothing was sent: end it' }).click()
  await page
    .getByText(/says that nothing of it was sent\./)
    .first()
    .waitFor()
  expect(await page.getByRole('button', { name: 'Execute', exact: true }).count()).toBe(0)
})

test('of two tabs one has the wallet sign, and the other says so', { timeout: 60_000 }, async () => {
  const { page, wallet } = await openWithWallet()
  const [opened, answered] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  wallet.beforeSending = async () => {
    opened.resolve()
    await answered.promise
  }
  await ask(page, 'Wrap 1 ETH')
  await approve(page)
  const other = await page.context().newPage()
  await other.goto(page.url())
  const execute = { name: 'Execute', exact: true }
  await page.getByRole('button', execute).click()
  await opened.promise
  await other.getByRole('button', execute).click()
  await other.getByText(/^The wallet is being asked about this plan already/).waitFor()
  expect(await findBarriers(other, ['light', 'dark'])).toEqual([])
  expect(wallet.asked).toHaveLength(1)
  answered.resolve()
  for (const tab of [page, other]) {
    await tab.getByText('Confirmed. What was mined is what was approved.').waitFor()
  }
})

test('a batch is offered where the wallet sends each transaction by itself, and each of them is then proved', {
  timeout: 60_000,
}, async () => {
  const { page, wallet } = await openWithWallet()
  const usdc = await readUsdc(DEV_ACCOUNT)
  wallet.atomic = 'unsupported'
  await ask(page, HEADLINE)
  await approve(page)
  await page.getByText(/^In one request \(EIP-5792\) this wallet sends each transaction by itself/).waitFor()
  expect(await findBarriers(page, ['light', 'dark'])).toEqual([])
  // Whether a batch was sent whose answer got lost, only the person can find out: it is not handed over again by itself.
  wallet.losesBatches = true
  await page.getByRole('button', { name: 'Sign all 2 in one request' }).click()
  await page
    .getByText(/does not say what became of all of these transactions \(The connection was lost/)
    .waitFor()
  await page.reload()
  await page.getByRole('button', { name: 'Ask the wallet what became of it' }).click()
  await page.getByText(/does not say what became of all of these transactions\./).waitFor()
  expect(wallet.asked.splice(0)).toHaveLength(2)
  expect(await findBarriers(page, ['light', 'dark'])).toEqual([])
  wallet.losesBatches = false
  const looked = page.getByRole('button', { name: 'I looked: nothing more was sent' })
  await looked.click()

  // A report that the server refuses leaves it to a person as well.
  const reports = '**/v1/runs/*/tx_submitted'
  const refusal = { code: 'CONFLICT', message: 'Another hash stands', details: [] }
  await page.route(reports, (route) => route.fulfill({ status: 409, json: { error: refusal } }))
  await page.getByRole('button', { name: 'Sign all 2 in one request' }).click()
  await page.getByText(/^The server does not take what the wallet made of these transactions/).waitFor()
  await page.getByText('Test Wallet says that it sent this:').waitFor()
  await looked.waitFor()
  expect(await findBarriers(page, ['light', 'dark'])).toEqual([])
  // Where it only does not answer, nobody is asked to say that nothing was sent.
  await page.unroute(reports)
  await page.route(reports, (route) => route.fulfill({ status: 502, json: { error: refusal } }))
  const report = page.getByRole('button', { name: 'Report it again' })
  await report.click()
  await page.getByText(/^What the wallet made of these transactions could not be reported/).waitFor()
  expect(await looked.count()).toBe(0)
  await page.unroute(reports)
  await report.click()
  await page.getByText('Confirmed. What was mined is what was approved.').waitFor()
  expect(wallet.asked).toHaveLength(2)
  expect(await readUsdc(DEV_ACCOUNT)).toBe(usdc - 50_000_000n)
})

test('a wallet that makes one transaction of all is offered that where it can be proved, and it is proved', {
  timeout: 60_000,
}, async () => {
  const { page, wallet } = await openWithWallet()
  const account = await makeBatchAccount(devnet)
  Object.assign(wallet, { atomic: 'supported', makeBatch: account.batch })
  const usdc = await readUsdc(DEV_ACCOUNT)
  const proofs = '**/v1/config/batches*'
  let proves: boolean | null = null
  await page.route(proofs, (route) => route.fulfill({ json: { chain_id: 31337, proves_batches: proves } }))
  await ask(page, HEADLINE)
  const answered = page.waitForResponse(proofs)
  await approve(page)
  await answered
  // What is not known yet is neither offered nor said.
  expect(await findBarriers(page)).toEqual([])
  const unproved = page.getByText(/^This wallet could make one transaction of them\. The RPC/)
  expect(await unproved.count()).toBe(0)
  expect(await page.getByRole('button', { name: /in one request/ }).count()).toBe(0)
  proves = false
  await page.reload()
  await unproved.waitFor()
  expect(await page.getByRole('button', { name: /in one request/ }).count()).toBe(0)
  expect(await findBarriers(page, ['light', 'dark'])).toEqual([])

  await page.unroute(proofs)
  await page.reload()
  await page
    .getByText(/^In one request \(EIP-5792\) this wallet makes all of them in one transaction/)
    .waitFor()
  await page.getByRole('button', { name: 'Sign all 2 in one request' }).click()
  await page.getByText('Confirmed. What was mined is what was approved.').waitFor()
  await page.getByText('call 2 of 2 in this transaction').waitFor()
  expect(await findBarriers(page, ['light', 'dark'])).toEqual([])
  expect(wallet.asked).toHaveLength(2)
  expect(await readUsdc(DEV_ACCOUNT)).toBe(usdc - 50_000_000n)

  // With something else in it, it proves nothing and may be paid: only a person ends that.
  const more = { to: DEPLOYER, data: '0x', valueWei: '1' } as const
  wallet.makeBatch = (calls) => account.batch([...calls, more])
  await ask(page, HEADLINE)
  await approve(page)
  await page.getByRole('button', { name: 'Sign all 2 in one request' }).click()
  await page
    .getByText(/^The wallet did what was approved together with something else\./)
    .first()
    .waitFor()
  await page.getByRole('button', { name: 'End it without a proof…' }).click()
  await page.getByRole('button', { name: 'End it unconfirmed' }).click()
  await page
    .getByText(/ended it, while the wallet made what was approved together with something else/)
    .first()
    .waitFor()
  await account.leave()
})

test('what a failed swap leaves is revoked with one click', { timeout: 60_000 }, async () => {
  const { page, wallet } = await openWithWallet()
  wallet.beforeSending = async ({ to }) => {
    if (to.toLowerCase() === CANONICAL.router.toLowerCase()) await makeEtherDear()
  }
  await ask(page, HEADLINE)
  await approve(page)
  await page.getByRole('button', { name: 'Execute', exact: true }).click()
  await page.getByText(/^A transaction reverted on chain\./).waitFor()
  await page.getByText('Uniswap V2 may still take 50 USDC from the wallet').waitFor()
  expect(await readAllowance()).toBe(50_000_000n)
  expect(await findBarriers(page, ['light', 'dark'])).toEqual([])

  wallet.beforeSending = async () => {}
  await page.getByRole('button', { name: 'Prepare to revoke it' }).click()
  await page.getByText(/Take back what Uniswap V2 may take of USDC/).waitFor()
  await approve(page)
  await page.getByRole('button', { name: 'Execute', exact: true }).click()
  await page.getByText('Confirmed. What was mined is what was approved.').waitFor()
  expect(await readAllowance()).toBe(0n)
  // The run that failed says what is so now.
  await page.goBack()
  await page.getByText('Uniswap V2 may take nothing of USDC any more.').waitFor()
})

test('an answer that was lost is asked for again, and the action is not done twice', async () => {
  const { page } = await openWithWallet()
  const runs = async () => (await server.get('/api/v1/runs?workflow_id=web3_copilot_v1&limit=100')).body.data
  const before = (await runs()).length
  let isLost = true
  await page.route('**/v1/chat/route/stream', async (route) => {
    if (!isLost) return route.continue()
    // The server gets it and does it; what it says does not arrive.
    await route.fetch()
    await route.abort('connectionreset')
  })
  await say(page, 'Wrap 1 ETH')
  await page.getByText(/^It may have been done\. Send it again/).waitFor()
  expect(await findBarriers(page)).toEqual([])
  expect((await runs()).length).toBe(before + 1)
  // It stands there after a reload too.
  await page.reload()
  isLost = false
  await page.getByRole('button', { name: 'Send it again' }).click()
  await page.waitForURL(/&run=/)
  await page.getByText('1. Wrap 1 ETH').first().waitFor()
  expect((await runs()).length).toBe(before + 1)
})

test('whoever goes elsewhere before the answer comes stays there, and finds it in the conversation', async () => {
  const { page } = await openWithWallet()
  const arrived = Promise.withResolvers<void>()
  const released = Promise.withResolvers<void>()
  await page.route('**/v1/chat/route/stream', async (route) => {
    arrived.resolve()
    await released.promise
    await route.continue()
  })
  await say(page, 'Wrap 3 ETH')
  await arrived.promise
  await page.getByRole('link', { name: 'Runs', exact: true }).click()
  await page.waitForURL(/\/runs$/)
  released.resolve()
  const keeps = "Object.values(localStorage).some((kept) => kept.includes('Wrap 3 ETH.'))"
  await expect.poll(() => page.evaluate(keeps)).toBe(true)
  expect(page.url()).toMatch(/\/runs$/)
  await page.getByRole('link', { name: 'Copilot', exact: true }).click()
  await page.waitForURL(/\/copilot$/)
  await page.locator('a[href*="conversation="]').first().click()
  await page.getByText('1. Wrap 3 ETH').first().waitFor()
  await page.getByRole('button', { name: 'Approve plan' }).waitFor()
})

test('questions are answered from the chain with what was read, and the conversation is there after a reload', async () => {
  const { page } = await openWithWallet()
  await say(page, 'Show my portfolio')
  await page.getByRole('heading', { name: /^Read from Devnet at block \d+$/ }).waitFor()
  await say(page, 'hello')
  await page.getByText('Hello!').waitFor()
  await page.getByRole('button', { name: 'Show my balances' }).last().click()
  await page.keyboard.press('Enter')
  await expect.poll(() => page.getByRole('heading', { name: /^Read from Devnet/ }).count()).toBe(2)
  await say(page, '<img src=x onerror=alert(1)>')
  await page.getByText('<img src=x onerror=alert(1)>').waitFor()
  expect(await findBarriers(page, ['light', 'dark'])).toEqual([])
  await page.reload()
  await expect.poll(() => page.getByRole('heading', { name: /^Read from Devnet/ }).count()).toBe(2)
  await page.getByRole('button', { name: 'New conversation' }).click()
  await page.getByRole('link', { name: /Show my portfolio/ }).click()
  await page.getByText('<img src=x onerror=alert(1)>').waitFor()
})

test('a plan is approved in the inbox, which leads to where it is executed; its timeline tells what everybody did', {
  timeout: 60_000,
}, async () => {
  const { page } = await openWithWallet()
  await ask(page, 'Swap 7 USDC to ETH')
  await page.getByRole('link', { name: /^Inbox/ }).click()
  await page.getByRole('link', { name: /Swap 7 USDC for at least 0\.00\d+ ETH on Uniswap V2/ }).click()
  const card = page.getByRole('article')
  await card.getByText('Allow Uniswap V2 to take exactly 7 USDC').waitFor()
  await card.getByText('0 failed, ').waitFor()
  expect(await card.innerText()).not.toMatch(/High risk|cannot be seen/)
  await page.getByRole('button', { name: 'Approve…' }).click()
  await page.getByRole('button', { name: 'Approve', exact: true }).click()
  await page.getByText('Resolved by').waitFor()
  await page.getByRole('link', { name: 'Open in Copilot' }).last().click()
  await page.getByRole('button', { name: 'Execute', exact: true }).click()
  await page.getByText('Confirmed. What was mined is what was approved.').waitFor()
  const timeline = page.getByRole('region', { name: 'What was done' })
  for (const told of [
    /^Approved by /,
    'Handed out to the wallet',
    'Sent by the wallet',
    'Confirmed by the chain',
  ]) {
    await timeline.getByText(told).first().waitFor()
  }
  await page.getByRole('term').filter({ hasText: 'Fee paid' }).waitFor()
  expect(await page.getByText(/before you approve it here/).count()).toBe(0)
  expect(await findBarriers(page, ['light', 'dark'])).toEqual([])
})

test('what is not safe is blocked with its reasons, and there is nothing to approve', async () => {
  const { page } = await openWithWallet()
  await ask(page, 'Swap 50 USDC to ETH on Uniswap with 5% slippage')
  await page.getByRole('heading', { name: 'Blocked, for these reasons' }).waitFor()
  await page.getByText(/^Swap: slippage within bounds: A slippage of 500 basis points/).waitFor()
  await page.getByRole('heading', { name: 'Failed' }).waitFor()
  expect(await page.getByRole('button', { name: 'Approve plan' }).count()).toBe(0)
  expect(await findBarriers(page)).toEqual([])
})

test('with the dev wallet, at 390 px: what is missing is asked, the wallet last, which makes the plan by being connected; it may be rejected', async () => {
  const page = await newPage({ width: 390, height: 844, touch: true })
  await page.goto(`${server.address}/studio/copilot`)
  await checkPage(page, 'Account 0 of the devnet', ['light', 'dark'])
  await say(page, 'swap usdc to eth')
  await page.getByText('How much USDC do you want to swap?').first().waitFor()
  await checkPage(page, 'Understood so far', ['light', 'dark'])
  await say(page, '25')
  await page
    .getByText(/^Which wallet is it for\?/)
    .first()
    .waitFor()
  // Connecting it is the answer.
  await page.getByRole('button', { name: 'Connect Dev wallet (local chain only)' }).tap()
  await page.getByText('chain 31337').waitFor()
  await page.getByText('Allow Uniswap V2 to take exactly 25 USDC').waitFor()
  await checkPage(page, 'What will be sent', ['light', 'dark'])
  await page.getByRole('button', { name: 'Reject…' }).click()
  await page.getByLabel('Reason for the rejection').fill('Only tried out')
  await page.getByRole('button', { name: 'Reject plan' }).click()
  await checkPage(page, 'This plan was refused.', ['light'])
  await page.getByRole('heading', { name: 'What would have been sent' }).waitFor()
})
