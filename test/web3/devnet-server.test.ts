import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { startOfProcess } from '../../src/lib/process-start.ts'
import { DEPLOYER, DEV_ACCOUNT } from '../../src/web3/devnet/addresses.ts'
import { callRpc } from '../../src/web3/devnet/call-rpc.ts'
import { makeDataFolder } from '../harness/make-data-folder.ts'
import { spawnServer } from '../harness/spawn-server.ts'

const SETTINGS = { DEVNET: 'on', DEVNET_PORT: '0' }

function newFolder(): string {
  const folder = makeDataFolder(mkdtempSync(join(tmpdir(), 'countersign-devnet-server-')))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

const anvilOf = (folder: string): number =>
  JSON.parse(readFileSync(join(folder, 'devnet', 'process.json'), 'utf8')).anvil.pid

async function untilGone(pid: number): Promise<void> {
  while (startOfProcess(pid) !== null) await new Promise((resolve) => setTimeout(resolve, 10))
}

test('a server told to brings the devnet with it, ends it with itself, and after kill -9 has it as it was', async () => {
  const folder = newFolder()
  const first = await spawnServer(folder, SETTINGS)
  const url = /Devnet +chain 31337 at (\S+): play money/.exec(first.output())![1]!
  expect(first.output()).not.toContain('none is reached')
  expect(first.output()).toContain(`Copilot    ${first.address}/studio/copilot\n`)
  const lists = await fetch(`${first.address}/v1/config/allowlists`)
  expect(await lists.json()).toMatchObject({ devnet_url: url })
  const snapshot = await fetch(`${first.address}/v1/wallets/${DEV_ACCOUNT}/snapshot`)
  expect(await snapshot.json()).toMatchObject({ chainId: 31337, erc20: [{ balance: '10000000000' }, {}] })
  const hash = await callRpc(url, 'eth_sendTransaction', [{ from: DEV_ACCOUNT, to: DEPLOYER, value: '0x1' }])
  const orphan = anvilOf(folder)
  await first.stop('SIGKILL')
  expect(startOfProcess(orphan)).not.toBeNull()

  const second = await spawnServer(folder, SETTINGS)
  onTestFinished(() => second.stop())
  await untilGone(orphan)
  const again = /Devnet +chain 31337 at (\S+): play money/.exec(second.output())![1]!
  expect(await callRpc(again, 'eth_getTransactionReceipt', [hash])).toMatchObject({ status: '0x1' })
  const anvil = anvilOf(folder)
  await second.stop('SIGTERM')
  await untilGone(anvil)
  expect(existsSync(join(folder, 'devnet', 'process.json'))).toBe(false)
})

test('serve starts none unless it is told to', async () => {
  const folder = newFolder()
  const server = await spawnServer(folder)
  onTestFinished(() => server.stop())
  expect(existsSync(join(folder, 'devnet'))).toBe(false)
  expect(server.output()).toContain('Chains     none is reached: set RPC_URLS, or DEVNET=on')
  expect(server.output()).not.toContain('Copilot')
  const { status } = await fetch(`${server.address}/v1/wallets/${DEV_ACCOUNT}/snapshot?chainId=31337`)
  expect(status).toBe(422)
})
