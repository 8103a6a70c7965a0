/** Every benchmark, one after the other: `npm run bench`. They print ratios; nothing here passes or fails. */
import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'

const folder = new URL('./', import.meta.url)
for (const name of readdirSync(folder)
  .filter((file) => file.endsWith('.bench.ts'))
  .sort()) {
  console.log(`\n# ${name}`)
  const { status } = spawnSync(process.execPath, [new URL(name, folder).pathname], { stdio: 'inherit' })
  if (status !== 0) process.exitCode = 1
}
