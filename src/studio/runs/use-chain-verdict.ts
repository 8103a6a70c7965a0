import { useQuery } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import type { VerificationReport } from '../../verifier/schema.ts'
import { hasCode } from '../api/api-error.ts'
import { exportRun } from '../api/client.ts'
import { installationQuery } from '../api/queries.ts'
import { useSettled } from '../ui/use-settled.ts'
import { type RememberedSigner, useRememberedSigner } from './trusted-signer.ts'
import type { Verified, VerifyAnswer, VerifyRequest } from './verify-worker.ts'

export type Verdict = 'waiting' | 'verifying' | 'failed' | 'verified' | 'unknown' | 'changed' | 'broken'

export type ChainVerdict = {
  verdict: Verdict
  report: VerificationReport | null
  error: unknown
  remembered: RememberedSigner | null
  verify: () => void
  trust: (vkey: string) => void
  forget: () => void
}

/** Longer runs are verified when asked. */
const MAX_UNASKED = 2_000
/** While events keep coming in, verifying waits for a pause. */
const SETTLE_MS = 1_000

/** Whether a run's record holds: exported from the server and checked in this browser. */
export function useChainVerdict(runId: string, eventCount: number): ChainVerdict {
  const installation = useQuery(installationQuery).data
  const tenant = installation?.principal?.tenantId ?? ''
  const signers = useRememberedSigner(installation?.installation ?? '', tenant)
  const { remembered, trust, forget } = signers
  const settledCount = useSettled(eventCount, SETTLE_MS)
  const [isAsked, setAsked] = useState(false)
  const trustedKey = remembered?.trustedAt ? remembered.vkey : null
  const query = useQuery({
    queryKey: ['chain', runId, settledCount, trustedKey],
    queryFn: ({ signal }) => verifyRun(runId, trustedKey === null ? null : remembered, signal),
    enabled: installation !== undefined && settledCount > 0 && (settledCount <= MAX_UNASKED || isAsked),
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  })
  const report = query.data?.report ?? null
  const note = query.data?.checkpointNote ?? null
  useEffect(() => {
    if (installation === undefined || report === null) return
    if (report.signer !== null) signers.noteSeen(report.signer)
    if (report.verdict === 'verified' && report.checkpoint && note !== null) {
      signers.noteVerified({ note, size: report.checkpoint.size })
    }
  })
  return {
    verdict: sayVerdict(),
    report,
    error: query.error,
    remembered,
    trust,
    forget,
    verify: () => {
      setAsked(true)
      if (query.isEnabled) void query.refetch()
    },
  }

  function sayVerdict(): Verdict {
    if (query.isFetching) return 'verifying'
    if (query.isError) return 'failed'
    if (report === null) return settledCount > MAX_UNASKED ? 'waiting' : 'verifying'
    if (report.verdict === 'broken') return 'broken'
    if (report.verdict === 'verified') return 'verified'
    return remembered !== null && remembered.vkey !== report.signer ? 'changed' : 'unknown'
  }
}

async function verifyRun(
  runId: string,
  trusted: RememberedSigner | null,
  signal: AbortSignal,
): Promise<Verified> {
  const earlier = trusted?.checkpoint
  const ndjson = await exportRun(runId, { signal, since: earlier?.size }).catch((error: unknown) => {
    // The log is shorter than it was: let the verifier say so, with its reasons.
    if (earlier && hasCode(error, 'REQUEST_VALIDATION_ERROR')) return exportRun(runId, { signal })
    throw error
  })
  const request = { ndjson, trustedKey: trusted?.vkey ?? null, earlierCheckpoint: earlier?.note ?? null }
  return await runVerifier(request, signal)
}

function runVerifier(request: VerifyRequest, signal: AbortSignal): Promise<Verified> {
  const worker = new Worker(new URL('./verify-worker.ts', import.meta.url), { type: 'module' })
  return new Promise<Verified>((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason))
    worker.onerror = (event) => reject(new Error(event.message || 'the verifier could not be loaded'))
    worker.onmessage = ({ data }: MessageEvent<VerifyAnswer>) => {
      if ('report' in data) resolve(data)
      else reject(new Error(data.error))
    }
    worker.postMessage(request)
  }).finally(() => worker.terminate())
}
