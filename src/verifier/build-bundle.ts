import { bytesToHex } from '@noble/hashes/utils.js'
import { encodeBase64 } from './base64.ts'
import { hashJson } from './hash-json.ts'
import { BUNDLE_FORMAT, type BundleLine, type BundleScope } from './schema.ts'
import type { RunHead } from './statement.ts'

/** One event as the ledger holds it, with its inclusion proof in the tree of the checkpoint. */
export type ExportedEvent = {
  runId: string
  seq: number
  hash: Uint8Array
  leaf: number
  proof: Uint8Array[]
  canon: string
}

export type BundleParts = {
  tenant: string
  scope: BundleScope
  exportedAt: string
  /** Whole runs from their first event, in append order within each run. */
  events: ExportedEvent[]
  /** The policies of every version that a decision among the events names. */
  policySets: unknown[][]
  checkpointNote: string
  /** From the sizes of earlier checkpoints that somebody may hold. */
  consistency?: { fromSize: number; proof: Uint8Array[] }[]
  keys: { vkey: string; notBefore?: string }[]
  statementNote: string
}

/** The lines of an export in the order a verifier asks for. */
export function buildBundleLines(parts: BundleParts): BundleLine[] {
  return [
    {
      type: 'manifest',
      format: BUNDLE_FORMAT,
      tenant: parts.tenant,
      scope: parts.scope,
      exported_at: parts.exportedAt,
      event_count: parts.events.length,
    },
    ...parts.events.map(({ runId, seq, hash, leaf, proof, canon }) => ({
      type: 'event' as const,
      run_id: runId,
      seq,
      hash: bytesToHex(hash),
      leaf,
      proof: proof.map(encodeBase64),
      canon,
    })),
    ...parts.policySets.map((policies) => ({
      type: 'policy_set' as const,
      policy_sha256: hashJson(policies),
      policies,
    })),
    { type: 'checkpoint', note: parts.checkpointNote },
    ...(parts.consistency ?? []).map(({ fromSize, proof }) => ({
      type: 'consistency' as const,
      from_size: fromSize,
      proof: proof.map(encodeBase64),
    })),
    ...parts.keys.map(({ vkey, notBefore }) => ({
      type: 'key' as const,
      vkey,
      ...(notBefore !== undefined && { not_before: notBefore }),
    })),
    { type: 'statement', note: parts.statementNote },
  ]
}

/** NDJSON: one line of JSON for each, every one ended by a newline. */
export function formatBundle(lines: BundleLine[]): string {
  return lines.map((line) => `${JSON.stringify(line)}\n`).join('')
}

/** Where each run among these events ends: what the statement signs. */
export function listRunHeads(events: Pick<ExportedEvent, 'runId' | 'seq' | 'hash'>[]): RunHead[] {
  const heads = new Map<string, RunHead>()
  for (const { runId, seq, hash } of events) heads.set(runId, { run_id: runId, seq, head: bytesToHex(hash) })
  return [...heads.values()]
}
