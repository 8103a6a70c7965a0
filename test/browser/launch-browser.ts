import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { type Browser, chromium } from 'playwright-core'
import { test } from 'vitest'

/**
 * Of several such lists the last one counts, so what Playwright leaves out is named again. Ours are the suggestions below an
 * address bar that nobody sees: pages of their own with each new context, which took 0.4 s of work.
 */
const WITHOUT = [
  'AvoidUnnecessaryBeforeUnloadCheckSync',
  'DestroyProfileOnBrowserClose',
  'HttpsUpgrades',
  'HttpsFirstBalancedModeAutoEnable',
  'LensOverlay',
  'MediaRouter',
  'PaintHolding',
  'ThirdPartyStoragePartitioning',
  'AvoidCorsURLLoaderRestartOnRedirect',
  'OptimizationHints',
  'NetworkTimeServiceQuerying',
  'AimEnabled',
  'PreconnectToSearch',
  'WebUIOmniboxPopup',
  'WebUIOmniboxAimPopup',
  'WebUIOmniboxFullPopup',
]

const ARGS = [
  `--disable-features=${WITHOUT.join(',')}`,
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // No process is kept ready for a page that may come.
  '--renderer-process-limit=1',
  // Pages live for seconds: optimizing their code costs more than it saves.
  '--js-flags=--no-opt',
]

/** Its `beforeAll` hands out one browser for all test files of a process, closed after the last of them. */
// biome-ignore lint/correctness/noEmptyPattern: the test runner reads from it what is needed, which is nothing
export const withBrowser = test.extend('browser', { scope: 'worker' }, async ({}, { onCleanup }) => {
  const browser = await launchChromium()
  onCleanup(() => browser.close())
  return browser
})

/** What a test file opened is gone before the next one begins. */
export async function closePages(browser: Browser | undefined): Promise<void> {
  await Promise.all((browser?.contexts() ?? []).map((context) => context.close()))
}

/** A Chromium of this machine: a download is not always possible, and a silent skip would prove nothing. */
function launchChromium(): Promise<Browser> {
  const executablePath = findChromium() ?? installChromium()
  if (executablePath === undefined) {
    throw new Error(
      'No Chromium found for the browser tests: apt-get install -y chromium, or set CHROME_PATH',
    )
  }
  return chromium.launch({ executablePath, args: ARGS })
}

/** On a fresh Debian machine where one may: the distribution's own package, since browsers are not downloaded here. */
function installChromium(): string | undefined {
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) return undefined
  const apt = (...args: string[]) =>
    execFileSync('apt-get', [...args, '-qq'], { stdio: 'ignore', timeout: 300_000 })
  try {
    apt('update')
    apt('install', '-y', 'chromium')
  } catch {
    return undefined
  }
  return findChromium()
}

function findChromium(): string | undefined {
  const fixed = [
    process.env.CHROME_PATH,
    '/usr/bin/chromium',
    '/usr/bin/chromium-browser',
    '/usr/bin/google-chrome',
    '/usr/bin/google-chrome-stable',
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  ]
  return [...fixed, ...listPlaywrightBrowsers()].find(
    (path) => path !== undefined && path !== '' && existsSync(path),
  )
}

function listPlaywrightBrowsers(): string[] {
  const caches = [
    process.env.PLAYWRIGHT_BROWSERS_PATH ?? '',
    join(homedir(), '.cache/ms-playwright'),
    join(homedir(), 'Library/Caches/ms-playwright'),
  ]
  return caches.filter(existsSync).flatMap((cache) =>
    readdirSync(cache)
      .filter((name) => name.startsWith('chromium'))
      .flatMap((name) => [
        join(cache, name, 'chrome-linux/chrome'),
        join(cache, name, 'chrome-linux64/chrome'),
        join(cache, name, 'chrome-linux/headless_shell'),
        join(cache, name, 'chrome-headless-shell-linux64/chrome-headless-shell'),
        join(cache, name, 'chrome-mac/Chromium.app/Contents/MacOS/Chromium'),
      ]),
  )
}
