import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Browser, BrowserContext, Locator, Page } from 'playwright-core'
import { afterEach, expect } from 'vitest'
import { readStudio } from './build-studio.ts'
import { BLANK_PATH, type FakeServer, startFakeServer } from './fake-server.ts'
import { withBrowser } from './launch-browser.ts'

export type Look = { width?: number; height?: number; theme?: Theme; touch?: boolean }

/** A wait that fails says so well before the test's own limit, which would say nothing. */
const WAIT_MS = 8_000

/** Made once for all test files of a process. */
let server: FakeServer
/** The pages that tests hand on, by how they look. */
const kept = new Map<string, Page>()
/** What pages said on their consoles in this test. */
const complaints: string[] = []

/** For each test a server that knows nothing, and pages without memory. */
export function setUpStudio() {
  let browser: Browser
  let contexts: BrowserContext[] = []
  const inUse = new Map<string, Page>()

  withBrowser.beforeAll(async ({ browser: shared }) => {
    browser = shared
    server ??= await startFakeServer(await readStudio())
  })
  afterEach(async ({ task }) => {
    // Nobody knows what a test that failed has left.
    if (task.result?.state === 'fail') {
      for (const [look, page] of inUse) {
        kept.delete(look)
        contexts.push(page.context())
      }
      inUse.clear()
    }
    await Promise.all([
      ...contexts.map((context) => context.close()),
      ...[...inUse.values()].map((page) => forget(page)),
    ])
    contexts = []
    inUse.clear()
    server.reset()
    expect(complaints.splice(0), 'what the page complained about').toEqual([])
  })

  const newContext = async ({ width = 1280, height = 800, theme = 'light', touch = false }: Look) => {
    const context = await browser.newContext({
      viewport: { width, height },
      colorScheme: theme,
      hasTouch: touch,
      isMobile: touch,
    })
    context.setDefaultTimeout(WAIT_MS)
    return context
  }
  const openContext = async (look: Look = {}) => {
    const context = await newContext(look)
    contexts.push(context)
    return context
  }
  const openPage = async (path: string, context: BrowserContext) => {
    const page = await newPage(context)
    await page.goto(`${server.url}/studio${path}`)
    return page
  }
  const open = async (path: string, look: Look = {}) => {
    const name = JSON.stringify(look)
    if (inUse.has(name)) return openPage(path, await openContext(look))
    const page = kept.get(name) ?? (await newPage(await newContext(look)))
    kept.set(name, page)
    inUse.set(name, page)
    await page.emulateMedia({ colorScheme: look.theme ?? 'light' })
    await page.goto(`${server.url}/studio${path}`)
    return page
  }
  return {
    get server() {
      return server
    },
    get state() {
      return server.state
    },
    /** For what a page alone cannot show; pages of it are new. */
    openContext,
    openPage,
    open,
  }
}

async function newPage(context: BrowserContext): Promise<Page> {
  const page = await context.newPage()
  page.on('pageerror', (error) => complaints.push(String(error)))
  page.on('console', (message) => {
    // A refused or failed request is for the page to tell, and the tests look at how it does.
    const isRequest = message.text().startsWith('Failed to load resource')
    if (message.type() === 'error' && !isRequest) complaints.push(message.text())
  })
  return page
}

/** Leaves a page as a new one would be, save that the files of the Studio are in its cache. */
async function forget(page: Page): Promise<void> {
  await page.unrouteAll()
  await page.goto(server.url + BLANK_PATH)
  await page.evaluate('localStorage.clear(); sessionStorage.clear()')
  await page.context().clearCookies()
  await page.mouse.move(0, 0)
}

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/**
 * What axe finds against WCAG 2.1 A and AA, one line each. Colours are looked at in each of the themes, everything else
 * once; the frame around the pages is looked at with the first page only.
 */
export async function findBarriers(page: Page, themes: Theme[] = ['light']): Promise<string[]> {
  if ((await page.evaluate('typeof axe')) === 'undefined') await page.evaluate(axeSource)
  const framed = framesSeen.has(page)
  framesSeen.add(page)
  const run = async (options: object) =>
    page.evaluate<string[]>(`
      axe.run(${JSON.stringify({ exclude: framed ? FRAME : [] })}, ${JSON.stringify({ ...options, resultTypes: ['violations'], preload: false })}).then(({ violations }) =>
        violations.flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) => id + ' at ' + target + ': ' + failureSummary)))
    `)
  const found: string[] = []
  for (const [index, colorScheme] of themes.entries()) {
    await page.emulateMedia({ colorScheme })
    const barriers = await run({ runOnly: index === 0 ? AXE_TAGS : [COLOURS] })
    found.push(...barriers.map((barrier) => `${colorScheme}: ${barrier}`))
  }
  // Where no theme is asked for, colours are those of the same page elsewhere, save in the frame.
  if (themes.length === 0) {
    found.push(...(await run({ runOnly: AXE_TAGS, rules: { [COLOURS]: { enabled: !framed } } })))
  }
  return found
}
type Theme = 'light' | 'dark'
const framesSeen = new WeakSet<Page>()
const FRAME = ['header', 'nav', 'footer'].map((part) => [`${part}:not(main ${part})`])
const COLOURS = 'color-contrast'
const AXE_TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice']

/** In which a page has to stand: what a finger's width changes, and what another theme does. */
export const LOOKS: [string, Look, Theme[]][] = [
  ['in both themes', {}, ['light', 'dark']],
  ['at 390 px', { width: 390, height: 844, touch: true }, []],
]

/** Goes to a page as a link does, until it stands: what was loaded before stays. */
export async function visit(page: Page, path: string): Promise<void> {
  await page.evaluate(`new Promise((resolve, reject) => {
    const router = window.__TSR_ROUTER__
    const stop = router.subscribe('onResolved', () => { stop(); resolve() })
    setTimeout(() => reject(new Error('still on the way to ${path}')), ${WAIT_MS})
    router.history.push('/studio${path}')
  })`)
}

/** Once the page shows this text: axe finds nothing in any of the themes, and it fits its width. */
export async function checkPage(page: Page, sign: string, themes: Theme[]): Promise<void> {
  await page.getByText(sign).first().waitFor()
  expect(await findBarriers(page, themes), sign).toEqual([])
  const fits = await page.evaluate('document.documentElement.scrollWidth <= innerWidth')
  expect(fits, `${sign} fits its width`).toBe(true)
}

/** What could not be read is there after a click, or without one where the page has asked again by itself meanwhile. */
export async function tryAgain(page: Page, sign: Locator): Promise<void> {
  const button = page.getByRole('button', { name: 'Try again' })
  await Promise.any([sign.waitFor(), button.click().then(() => sign.waitFor())])
}

/** The answers sent to approvals so far. */
export function answersOf(server: FakeServer): unknown[] {
  return (
    server.state.calls
      .filter(({ method, path }) => method === 'POST' && path.startsWith('/v1/approvals/'))
      // That the hash of what was seen goes along is a test of its own.
      .map(({ body }) => {
        const { payload_sha256: _seen, ...answer } = body as Record<string, unknown>
        return answer
      })
  )
}
