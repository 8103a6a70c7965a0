import { sha256 } from '@noble/hashes/sha2.js'
import { utf8ToBytes } from '@noble/hashes/utils.js'
import { canonicalJson } from '../lib/canonical-json.ts'
import { encodeBase64 } from './base64.ts'
import { NoteError } from './signed-note.ts'

/** Sets the statement apart from a checkpoint, which the same key signs: no log is named so. */
const STATEMENT_FORMAT = 'countersign.export.v1'
const RUN_LINE = /^(".*") ([1-9][0-9]*) ([0-9a-f]{64})$/u

/** Where a run ended when it was exported. */
export type RunHead = { run_id: string; seq: number; head: string }

/**
 * What the log states about an export: which runs it holds, and where each ends. Inclusion proofs show that the events
 * in an export are real; only this shows that none is missing at the end.
 */
export type ExportStatement = {
  tenant: string
  /** Base64 of SHA-256 over the text part of the checkpoint's note. */
  checkpointDigest: string
  runs: RunHead[]
}

/** The text that the log signs with the key of its checkpoint. */
export function formatStatementText(statement: {
  tenant: string
  checkpointText: string
  runs: RunHead[]
}): string {
  const lines = [
    STATEMENT_FORMAT,
    canonicalJson(statement.tenant),
    digestCheckpointText(statement.checkpointText),
    ...statement.runs.map((run) => `${canonicalJson(run.run_id)} ${run.seq} ${run.head}`),
  ]
  return `${lines.join('\n')}\n`
}

/** @throws NoteError when the text is not an export statement. */
export function parseStatementText(text: string): ExportStatement {
  const [format, tenant, checkpointDigest, ...rest] = text.split('\n')
  if (format !== STATEMENT_FORMAT || tenant === undefined || checkpointDigest === undefined) {
    throw new NoteError(`expected a statement whose first line is ${STATEMENT_FORMAT}`)
  }
  if (rest.pop() !== '') throw new NoteError('expected a statement that ends with a newline')
  const runs = rest.map((line) => {
    const [, runId, seq, head] = RUN_LINE.exec(line) ?? []
    if (runId === undefined || head === undefined || !Number.isSafeInteger(Number(seq))) {
      throw new NoteError('expected a run as <JSON string> <last seq> <hash>')
    }
    return { run_id: parseJsonString(runId), seq: Number(seq), head }
  })
  return { tenant: parseJsonString(tenant), checkpointDigest, runs }
}

/** How a statement names the checkpoint it belongs to. */
export function digestCheckpointText(checkpointText: string): string {
  return encodeBase64(sha256(utf8ToBytes(checkpointText)))
}

function parseJsonString(text: string): string {
  try {
    const value: unknown = JSON.parse(text)
    // Only the canonical spelling, so that one statement has one text.
    if (typeof value === 'string' && canonicalJson(value) === text) return value
  } catch {
    // Falls through to the one message.
  }
  throw new NoteError('expected a JSON string in canonical form')
}
