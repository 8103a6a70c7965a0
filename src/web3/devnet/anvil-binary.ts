import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'

const ARCHITECTURES: Partial<Record<NodeJS.Architecture, string>> = { x64: 'amd64', arm64: 'arm64' }

/** The anvil program for this machine, or null where none was installed: it is optional, and not made for every platform. */
export function findAnvil(): string | null {
  const packageName = `@foundry-rs/anvil-${process.platform}-${ARCHITECTURES[process.arch] ?? process.arch}`
  try {
    const folder = join(createRequire(import.meta.url).resolve(`${packageName}/package.json`), '..')
    const binary = join(folder, 'bin', process.platform === 'win32' ? 'anvil.exe' : 'anvil')
    return existsSync(binary) ? binary : null
  } catch {
    return null
  }
}
