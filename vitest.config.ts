import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

// Every test file has a process of its own, which would compile the same packages again.
process.env.NODE_COMPILE_CACHE ??= fileURLToPath(new URL('node_modules/.cache/tests', import.meta.url))

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    globalSetup: ['test/harness/global-setup.ts'],
    pool: 'forks',
    // Two cores: more files at once only make each other slow.
    maxWorkers: 2,
    // Servers are started in many tests: on a busy machine that takes its time.
    testTimeout: 40_000,
    hookTimeout: 60_000,
    reporters: ['default'],
  },
})
