import { type ChildProcess, spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { DEVNET_CHAIN_ID } from '../default-chains.ts'
import { callRpc } from './call-rpc.ts'

export type Anvil = { process: ChildProcess; port: number; url: string }

const PATIENCE_MS = 15_000
const PORTS_TRIED = 50

/**
 * Starts anvil on the first free port from the wanted one on; 0 takes any.
 *
 * @param onSpawn called when the process is there, before it answers: whoever is killed in between has noted it.
 */
export async function spawnAnvil(
  binary: string,
  folder: string,
  wanted: number,
  onSpawn: (anvil: Anvil) => void,
): Promise<Anvil> {
  for (let tried = 0; tried < PORTS_TRIED; tried++) {
    const port = await findFree(wanted === 0 ? 0 : wanted + tried)
    if (port === null) continue
    const anvil = await tryPort(binary, folder, port, onSpawn)
    if (anvil) return anvil
  }
  throw new Error(`no port from ${wanted} to ${wanted + PORTS_TRIED - 1} is free`)
}

/** The port if nobody listens there, or null. */
export async function findFree(port: number): Promise<number | null> {
  if (port > 65_535) return null
  const probe = createServer()
  try {
    probe.listen(port, '127.0.0.1')
    await once(probe, 'listening')
    const taken = probe.address()
    return typeof taken === 'object' && taken ? taken.port : null
  } catch {
    return null
  } finally {
    if (probe.listening) await new Promise((resolve) => probe.close(resolve))
  }
}

async function tryPort(
  binary: string,
  folder: string,
  port: number,
  onSpawn: (anvil: Anvil) => void,
): Promise<Anvil | null> {
  // Somebody else may take the port in this moment, and another anvil answers like ours: this one is known by its fee.
  const baseFee = 1_000_000_000 + randomInt(1_000_000)
  const child = spawn(
    binary,
    [
      ...['--host', '127.0.0.1', '--port', String(port), '--chain-id', String(DEVNET_CHAIN_ID)],
      ...['--balance', '100000', '--block-base-fee-per-gas', String(baseFee)],
      // States of the past that no longer fit into memory stay with the rest, and none is written beside.
      ...['--cache-path', folder, '--no-request-size-limit', '--quiet'],
    ],
    // A group of its own: Ctrl-C at the terminal is for the server, which keeps the state before it ends this. The
    // settings of the server hold secrets, so its environment stays here.
    { stdio: 'ignore', detached: true, env: { HOME: folder } },
  )
  let gone = false
  const spawned = once(child, 'spawn')
  child.once('exit', () => {
    gone = true
  })
  await spawned
  const anvil: Anvil = { process: child, port, url: `http://127.0.0.1:${port}` }
  onSpawn(anvil)
  const deadline = Date.now() + PATIENCE_MS
  while (!gone) {
    const answer = await askBaseFee(anvil.url).catch(() => null)
    if (answer === baseFee && !gone) return anvil
    if (answer !== null && answer !== baseFee) break
    if (Date.now() > deadline) {
      child.kill('SIGKILL')
      throw new Error(`anvil did not answer on port ${port} within ${PATIENCE_MS / 1000} seconds`)
    }
    await pause(10)
  }
  child.kill('SIGKILL')
  if ((await findFree(port)) === null) return null
  throw new Error(`anvil ended with code ${child.exitCode} before it answered`)
}

async function askBaseFee(url: string): Promise<number> {
  const block = await callRpc<{ baseFeePerGas: string }>(url, 'eth_getBlockByNumber', ['0x0', false], 1_000)
  return Number(block.baseFeePerGas)
}
