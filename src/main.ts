#!/usr/bin/env node
import { enableCompileCache } from 'node:module'
import { fileURLToPath } from 'node:url'

// Compiled code is kept, which halves the time to start: beside the packages, where only who installed them may write,
// and not where Node would keep it, in a folder that all users of the machine share. Where it cannot be kept, it is not.
enableCompileCache(fileURLToPath(new URL('../node_modules/.cache/countersign', import.meta.url)))
const { runCommandLine } = await import('./cli/run-command-line.ts')

await runCommandLine(process.argv)
