import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'
import { makeDatabasesFolder } from './test/harness/memory-folder.ts'

// What one run has compiled is there for the next; spawned programs keep theirs by themselves.
process.env.NODE_COMPILE_CACHE ??= fileURLToPath(new URL('node_modules/.cache/tests', import.meta.url))

makeDatabasesFolder()

const UNITS = ['src/**/*.test.ts', 'test/architecture.test.ts']
const PAGES = ['test/browser/*.browser.test.ts']

export default defineConfig({
  test: {
    pool: 'forks',
    // On two cores: a third file works while the others wait for the processes they start. 461 s with two, 388 s with three.
    maxWorkers: 3,
    // What lives for seconds is not worth optimizing: the embedded database, compiled once for all of a process, and what a
    // test asks for a few times. 78 s of work of two dozen files with it, 65 s without.
    execArgv: ['--liftoff-only', '--no-opt'],
    // Servers are started in many tests: on a busy machine that takes its time.
    testTimeout: 40_000,
    hookTimeout: 60_000,
    reporters: ['default'],
    projects: [
      // Units keep nothing, so that they share their processes.
      {
        extends: true,
        test: {
          name: 'units',
          include: UNITS,
          isolate: false,
          globalSetup: ['test/harness/prepare-embedded.ts'],
        },
      },
      // Pages on a server that plays every part: browser, server and pages are handed on from file to file.
      { extends: true, test: { name: 'pages', include: PAGES, isolate: false } },
      {
        extends: true,
        test: {
          name: 'product',
          // Each file makes what it needs and takes it away: the modules are loaded once for all of them.
          isolate: false,
          include: ['test/**/*.test.ts'],
          exclude: [...UNITS, ...PAGES],
          globalSetup: ['test/harness/prepare-embedded.ts', 'test/harness/prepare-postgres.ts'],
        },
      },
    ],
  },
})
