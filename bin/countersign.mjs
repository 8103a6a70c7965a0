#!/usr/bin/env node
// Starts the program: the built one in a published package, the sources in a checkout. A checkout brings its own Node,
// because the sources are TypeScript and the machine's Node may be too old to run them.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const pathOf = (relative) => fileURLToPath(new URL(relative, import.meta.url))
const built = pathOf('../dist/main.js')
const program = existsSync(pathOf('../src/main.ts')) ? pathOf('../src/main.ts') : built
const own = pathOf('../node_modules/node/bin/node')
const child = spawn(existsSync(own) ? own : process.execPath, [program, ...process.argv.slice(2)], {
  stdio: 'inherit',
})
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal))
child.on('exit', (code, signal) => process.exit(signal ? 1 : (code ?? 1)))
