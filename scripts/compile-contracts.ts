import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'

/**
 * Compiles contracts/*.sol into contracts/*.json, which are committed: compiling takes three seconds and needs two
 * packages that nothing else needs. Run it after a change: node scripts/compile-contracts.ts
 */
const require = createRequire(import.meta.url)
const solc = require('solc') as {
  compile(input: string, callbacks: { import(path: string): { contents: string } }): string
}

type Code = { object: string }
type Output = {
  errors?: { severity: string; formattedMessage: string }[]
  contracts: Record<
    string,
    Record<string, { abi: object[]; evm: Record<'bytecode' | 'deployedBytecode', Code> }>
  >
}

const folder = new URL('../contracts/', import.meta.url)
const names = readdirSync(folder).filter((name) => name.endsWith('.sol'))
const input = {
  language: 'Solidity',
  sources: Object.fromEntries(
    names.map((name) => [name, { content: readFileSync(new URL(name, folder), 'utf8') }]),
  ),
  settings: {
    // What the compiler appends about the sources would change with every comment.
    metadata: { bytecodeHash: 'none' },
    optimizer: { enabled: true, runs: 200 },
    outputSelection: { '*': { '*': ['abi', 'evm.bytecode.object', 'evm.deployedBytecode.object'] } },
  },
}
const { errors = [], contracts } = JSON.parse(
  solc.compile(JSON.stringify(input), {
    import: (path) => ({ contents: readFileSync(require.resolve(path), 'utf8') }),
  }),
) as Output
for (const { formattedMessage } of errors) console.error(formattedMessage)
if (errors.some(({ severity }) => severity === 'error')) process.exit(1)

for (const file of names) {
  const name = file.replace('.sol', '')
  const { abi, evm } = contracts[file]![name]!
  const compiled = {
    contractName: name,
    bytecode: `0x${evm.bytecode.object}`,
    // What stands on the chain afterwards, for code that is only lent to an address.
    deployedBytecode: `0x${evm.deployedBytecode.object}`,
    abi,
  }
  writeFileSync(new URL(`${name}.json`, folder), `${JSON.stringify(compiled)}\n`)
  console.log(`${name}: ${evm.bytecode.object.length / 2} bytes`)
}
