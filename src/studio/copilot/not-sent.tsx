import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import type { SubmittedTransaction } from '../../apps/copilot/runs/schema.ts'
import type { Artifacts } from '../../apps/copilot/schema.ts'
import { declareNotSent } from '../api/copilot-client.ts'
import { useApproverName } from '../inbox/use-approver-name.ts'
import { ActionFailed } from '../runs/action-failed.tsx'
import { text } from '../text.ts'
import { copilotText } from '../text-copilot.ts'
import { Button } from '../ui/button.tsx'
import { VOID_STATES } from './sign-plan.ts'

const says = copilotText.copilotExecute

type NotSentProps = {
  runId: string
  artifacts: Artifacts
  sent: SubmittedTransaction[]
  onMoved: () => Promise<unknown>
}

/** The wallet made it with something else, or what it did in a mined transaction is not proved. */
const mayBePaid = ({ state, detail }: SubmittedTransaction): boolean =>
  (state === 'MISMATCH' && detail.did_planned === true) ||
  (MINED.has(state) && detail.untraced_at !== undefined && detail.proved_in === undefined)
const MINED: ReadonlySet<string> = new Set(['MINED', 'REPLACED'])

/**
 * Ends a run that a wallet was given, by the word of who does: that nothing of it was sent, or where that is not known that nobody
 * waits for a proof.
 */
export function NotSent({ runId, artifacts, sent, onMoved }: NotSentProps) {
  const approver = useApproverName()
  const [isAsked, setAsked] = useState(false)
  const end = useMutation({
    mutationFn: () => declareNotSent(runId, { reviewer: approver.name.trim() || null }),
    onSettled: onMoved,
  })
  const wasHandedOut = artifacts.timeline?.some(({ step }) => step === 'EXECUTE_PREP') ?? false
  if (!wasHandedOut || sent.some((one) => !VOID_STATES.has(one.state) && !mayBePaid(one))) return null
  const words = sent.some(mayBePaid) ? says.endUnproved : says.endUnsent
  return (
    <div className="text-13 text-muted">
      {isAsked ? (
        <>
          <p className="mb-2">{words.means}</p>
          <span className="flex flex-wrap gap-3">
            <Button disabled={end.isPending} onClick={() => end.mutate()}>
              {words.now}
            </Button>
            <Button tone="quiet" disabled={end.isPending} onClick={() => setAsked(false)}>
              {text.common.cancel}
            </Button>
          </span>
        </>
      ) : (
        <Button tone="quiet" onClick={() => setAsked(true)}>
          {words.offer}
        </Button>
      )}
      {end.isError && <ActionFailed error={end.error} />}
    </div>
  )
}
