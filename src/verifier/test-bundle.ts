import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'
import { canonicalJson } from '../lib/canonical-json.ts'
import { buildBundleLines, type ExportedEvent, listRunHeads } from './build-bundle.ts'
import { formatCheckpoint } from './checkpoint.ts'
import { leafHash, rootFromLeaves } from './merkle.ts'
import { assembleProof, consistencyProofNodes, createNodeReader, inclusionProofNodes } from './proof-plan.ts'
import type { BundleLine, BundleScope, CanonicalEvent } from './schema.ts'
import { computeKeyId, formatVerifierKey, parseNote, type SignBytes, signNote } from './signed-note.ts'
import { formatStatementText } from './statement.ts'

/** A key that signs notes under one name. */
export type TestSigner = { name: string; keyId: string; vkey: string; sign: SignBytes }

/** What a test says of an event; the log adds the rest. */
export type TestEvent = {
  run: string
  kind: string
  payload: Record<string, unknown>
} & Partial<CanonicalEvent>

type LoggedEvent = Omit<ExportedEvent, 'proof'>

/** A small log in memory: hash-chained runs in one tree, as the ledger keeps them. */
export type TestLog = { tenant: string; events: LoggedEvent[] }

export type ExportOptions = {
  signer: TestSigner
  scope: BundleScope
  policySets?: unknown[][]
  /** The tree is cut off here, as a log would be that lost its end. */
  size?: number
  consistencyFrom?: number[]
}

export async function createTestSigner(name: string): Promise<TestSigner> {
  const pair = await crypto.subtle.generateKey('Ed25519', true, ['sign', 'verify'])
  if (!('publicKey' in pair)) throw new TypeError('expected a pair of keys')
  const publicKey = new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey))
  return {
    name,
    keyId: computeKeyId(name, publicKey),
    vkey: formatVerifierKey(name, publicKey),
    sign: async (bytes) =>
      new Uint8Array(await crypto.subtle.sign({ name: 'Ed25519' }, pair.privateKey, bytes.slice())),
  }
}

export function logEvents(tenant: string, events: TestEvent[]): TestLog {
  const heads = new Map<string, { seq: number; hash: Uint8Array }>()
  const logged = events.map((event, leaf): LoggedEvent => {
    const head = heads.get(event.run) ?? { seq: 0, hash: new Uint8Array(32) }
    const seq = head.seq + 1
    const at = new Date(Date.UTC(2026, 10, 21, 12) + leaf * 1000).toISOString()
    const canon = canonicalJson({
      v: 1,
      tenant,
      seq,
      event_id: `evt_${event.run}_${seq}`,
      occurred_at: at,
      recorded_at: at,
      actor: 'local',
      integrity_warning: false,
      prev: bytesToHex(head.hash),
      ...event,
    })
    const hash = leafHash(utf8ToBytes(canon))
    heads.set(event.run, { seq, hash })
    return { runId: event.run, seq, hash, leaf, canon }
  })
  return { tenant, events: logged }
}

/** A signed checkpoint of the log's first `size` events. */
export function signTestCheckpoint(
  log: TestLog,
  signer: TestSigner,
  size = log.events.length,
): Promise<string> {
  const root = rootFromLeaves(log.events.slice(0, size).map(({ hash }) => hash))
  const text = formatCheckpoint({ origin: signer.name, size, root })
  return signNote(text, signer.name, signer.sign, signer.keyId)
}

/** The export of the log as an honest server makes it. */
export async function exportTestLog(log: TestLog, options: ExportOptions): Promise<BundleLine[]> {
  const { signer, scope, policySets = [], size = log.events.length, consistencyFrom = [] } = options
  const getNode = createNodeReader((_level, index) => log.events[index]!.hash, 0)
  const chosen = log.events
    .slice(0, size)
    .filter(({ runId }) => !('run_id' in scope) || scope.run_id === runId)
  const checkpointNote = await signTestCheckpoint(log, signer, size)
  const statementText = formatStatementText({
    tenant: log.tenant,
    checkpointText: parseNote(checkpointNote).text,
    runs: listRunHeads(chosen),
  })
  return buildBundleLines({
    tenant: log.tenant,
    scope,
    exportedAt: '2026-11-21T13:00:00.000Z',
    events: chosen.map((event) => ({
      ...event,
      proof: assembleProof(inclusionProofNodes(event.leaf, size), getNode),
    })),
    policySets,
    checkpointNote,
    consistency: consistencyFrom.map((fromSize) => ({
      fromSize,
      proof: assembleProof(consistencyProofNodes(fromSize, size), getNode),
    })),
    keys: [{ vkey: signer.vkey }],
    statementNote: await signNote(statementText, signer.name, signer.sign, signer.keyId),
  })
}
