import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Browser, BrowserContext, Locator, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest'
import { buildStudio } from './build-studio.ts'
import { type FakeServer, startFakeServer } from './fake-server.ts'
import { launchBrowser } from './launch-browser.ts'

export type Look = { width?: number; height?: number; theme?: 'light' | 'dark'; touch?: boolean }

/** A wait that fails says so well before the test's own limit, which would say nothing. */
const WAIT_MS = 8_000

/** One browser for a test file, and for each test a server of its own and pages without memory. */
export function setUpStudio() {
  let browser: Browser
  let server: FakeServer
  let contexts: BrowserContext[] = []
  const complaints: string[] = []

  beforeAll(async () => {
    await buildStudio()
    browser = await launchBrowser()
  })
  beforeEach(async () => {
    server = await startFakeServer()
    complaints.length = 0
  })
  afterEach(async () => {
    await Promise.all(contexts.map((context) => context.close()))
    contexts = []
    await server.close()
    expect(complaints, 'what the page complained about').toEqual([])
  })
  afterAll(() => browser?.close())

  const openContext = async ({ width = 1280, height = 800, theme = 'light', touch = false }: Look = {}) => {
    const context = await browser.newContext({
      viewport: { width, height },
      colorScheme: theme,
      hasTouch: touch,
      isMobile: touch,
    })
    context.setDefaultTimeout(WAIT_MS)
    contexts.push(context)
    return context
  }
  const openPage = async (path: string, context: BrowserContext) => {
    const page = await context.newPage()
    page.on('pageerror', (error) => complaints.push(String(error)))
    page.on('console', (message) => {
      // A refused or failed request is for the page to tell, and the tests look at how it does.
      const isRequest = message.text().startsWith('Failed to load resource')
      if (message.type() === 'error' && !isRequest) complaints.push(message.text())
    })
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
    openContext,
    openPage,
    open: async (path: string, look?: Look) => openPage(path, await openContext(look)),
  }
}

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/**
 * What axe finds against WCAG 2.1 A and AA, one line each, in each theme: what is not a matter of colours is looked for
 * in the first one only.
 */
export async function findBarriers(page: Page, themes: ('light' | 'dark')[] = ['light']): Promise<string[]> {
  await page.evaluate(axeSource)
  const found: string[] = []
  for (const [index, colorScheme] of themes.entries()) {
    await page.emulateMedia({ colorScheme })
    const runOnly = index === 0 ? AXE_TAGS : ['color-contrast']
    const barriers = await page.evaluate<string[]>(`
      axe.run(document, { runOnly: ${JSON.stringify(runOnly)}, resultTypes: ['violations'], preload: false }).then(({ violations }) =>
        violations.flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) => id + ' at ' + target + ': ' + failureSummary)))
    `)
    found.push(...barriers.map((barrier) => `${colorScheme}: ${barrier}`))
  }
  return found
}
const AXE_TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice']

/** In which a page has to stand: what a finger's width changes, and what another theme does. */
export const LOOKS: [string, Look, ('light' | 'dark')[]][] = [
  ['in both themes', {}, ['light', 'dark']],
  ['at 390 px', { width: 390, height: 844, touch: true }, ['light']],
]

/** Once the page shows this text: axe finds nothing in any of the themes, and it fits its width. */
export async function checkPage(page: Page, sign: string, themes: ('light' | 'dark')[]): Promise<void> {
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
