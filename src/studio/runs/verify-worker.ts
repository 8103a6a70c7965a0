import type { VerificationReport } from '../../verifier/schema.ts'
import { type VerifyOptions, verifyBundle } from '../../verifier/verify-bundle.ts'

export type VerifyRequest = { ndjson: string; trustedKey: string | null; earlierCheckpoint: string | null }
export type Verified = { report: VerificationReport; checkpointNote: string | null }
export type VerifyAnswer = Verified | { error: string }

/** Hashing ten thousand events takes a moment: done here, the page stays alive. */
self.onmessage = async ({ data }: MessageEvent<VerifyRequest>) => {
  let answer: VerifyAnswer
  try {
    answer = { report: await verify(data), checkpointNote: readCheckpointNote(data.ndjson) }
  } catch (error) {
    answer = { error: error instanceof Error ? error.message : String(error) }
  }
  self.postMessage(answer)
}

async function verify({ ndjson, trustedKey, earlierCheckpoint }: VerifyRequest): Promise<VerificationReport> {
  if (trustedKey === null) return await verifyBundle(ndjson)
  const options: VerifyOptions = { trustedKeys: [trustedKey] }
  if (earlierCheckpoint !== null) options.earlierCheckpoint = earlierCheckpoint
  const report = await verifyBundle(ndjson, options)
  // Another signer is a question of its own: is the record at least sound by itself?
  return report.firstFault?.check === 'checkpoint-signature' ? await verifyBundle(ndjson) : report
}

function readCheckpointNote(ndjson: string): string | null {
  const line = ndjson.split('\n').find((each) => each.startsWith('{"type":"checkpoint"'))
  return line === undefined ? null : (JSON.parse(line) as { note: string }).note
}
