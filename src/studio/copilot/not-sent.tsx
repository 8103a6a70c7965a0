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

/** Ends a run that a wallet was given and sent nothing of, by the word of who says so. */
export function NotSent({ runId, artifacts, sent, onMoved }: NotSentProps) {
  const approver = useApproverName()
  const [isAsked, setAsked] = useState(false)
  const end = useMutation({
    mutationFn: () => declareNotSent(runId, { reviewer: approver.name.trim() || null }),
    onSettled: onMoved,
  })
  const wasHandedOut = artifacts.timeline?.some(({ step }) => step === 'EXECUTE_PREP') ?? false
  if (!wasHandedOut || sent.some(({ state }) => !VOID_STATES.has(state))) return null
  return (
    <div className="text-13 text-muted">
      {isAsked ? (
        <>
          <p className="mb-2">{says.notSentMeans}</p>
          <span className="flex flex-wrap gap-3">
            <Button disabled={end.isPending} onClick={() => end.mutate()}>
              {says.notSentNow}
            </Button>
            <Button tone="quiet" disabled={end.isPending} onClick={() => setAsked(false)}>
              {text.common.cancel}
            </Button>
          </span>
        </>
      ) : (
        <Button tone="quiet" onClick={() => setAsked(true)}>
          {says.notSent}
        </Button>
      )}
      {end.isError && <ActionFailed error={end.error} />}
    </div>
  )
}
