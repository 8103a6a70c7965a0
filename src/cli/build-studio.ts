import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const OUTPUT = join(ROOT, 'dist/studio')
const STAMP = join(OUTPUT, 'sources.txt')

/**
 * Builds the Studio beside the running server when its sources changed since the last time. A published package has it
 * built already and holds no sources.
 */
export function buildStudioIfNeeded(report: (message: string) => void): void {
  const sources = join(ROOT, 'src/studio')
  const vite = join(ROOT, 'node_modules/vite/bin/vite.js')
  if (!existsSync(sources) || !existsSync(vite)) return
  const fingerprint = fingerprintOf([
    sources,
    join(ROOT, 'src/verifier'),
    join(ROOT, 'src/web3/transactions'),
    join(ROOT, 'src/http/schema.ts'),
    join(ROOT, 'vite.config.ts'),
  ])
  if (existsSync(STAMP) && readFileSync(STAMP, 'utf8') === fingerprint) return
  report('The Studio is being built; its page opens in a few seconds.')
  // A page of the former build would ask for files that this one takes away.
  rmSync(join(OUTPUT, 'index.html'), { force: true })
  const build = spawn(process.execPath, [vite, 'build', '--logLevel', 'warn'], {
    cwd: ROOT,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let errors = ''
  build.stderr.on('data', (chunk) => {
    errors += chunk
  })
  build.on('exit', (code) => {
    if (code === 0) {
      writeFileSync(STAMP, fingerprint)
      report('The Studio is built.')
    } else {
      report(`The Studio could not be built; the API works all the same.\n${errors.trim()}`)
    }
  })
}

/** Changes whenever a file's name, size or time does. */
function fingerprintOf(paths: string[]): string {
  const hash = createHash('sha256')
  const visit = (path: string) => {
    const info = statSync(path, { throwIfNoEntry: false })
    if (!info) return
    if (!info.isDirectory()) {
      hash.update(`${path}\0${info.size}\0${info.mtimeMs}\n`)
      return
    }
    for (const name of readdirSync(path).sort()) visit(join(path, name))
  }
  for (const path of paths) visit(path)
  return hash.digest('hex')
}
