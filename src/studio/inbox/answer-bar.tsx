import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Check, TriangleAlert, X } from 'lucide-react'
import { useEffect } from 'react'
import type { PendingApproval } from '../../http/schema.ts'
import type { FreshAuthenticationInput } from '../../identity/passkeys/schema.ts'
import { isAlreadyResolved } from '../api/api-error.ts'
import { type Resolution, resolveApproval } from '../api/client.ts'
import { text } from '../text.ts'
import { Button } from '../ui/button.tsx'
import { Note } from '../ui/note.tsx'
import { useShortcutSetting } from '../ui/use-shortcuts.ts'
import { AnswerFailed } from './answer-failed.tsx'
import { targetOf } from './approval-key.ts'
import { ApproveStep } from './approve-step.tsx'
import type { Described } from './describe-payload.ts'
import { type Outcome, toOutcome } from './outcome.ts'
import type { Findings } from './proposed-plan.ts'
import { RejectStep } from './reject-step.tsx'

type Prove = () => Promise<FreshAuthenticationInput>
type Answer = { resolution: Resolution; prove: Prove | undefined }

export type AnswerStep = 'approve' | 'reject'

export type AnswerBarProps = {
  approval: PendingApproval
  said: Described
  step: AnswerStep | null
  onStep: (step: AnswerStep | null) => void
  onOutcome: (outcome: Outcome) => void
  /** Whether what was found out about a plan stands on the card. Without it whoever approves says that they understand. */
  findings: Findings['status']
  /** `approve`: what is shown is not known to be what would run. `all`: the time is over. */
  blocked: 'approve' | 'all' | null
}

/** Two questions, never an answer: a click or a key opens a step, and only the button in that step sends anything. */
export function AnswerBar({ approval, said, step, onStep, onOutcome, findings, blocked }: AnswerBarProps) {
  const queryClient = useQueryClient()
  const [hasKeys] = useShortcutSetting()
  const resolve = useMutation({
    mutationFn: async ({ resolution, prove }: Answer) => {
      const fresh = await prove?.()
      // What was seen here is what is answered: the server refuses when another payload is bound.
      return resolveApproval(targetOf(approval), {
        ...resolution,
        ...(approval.payload_sha256 && { payload_sha256: approval.payload_sha256 }),
        ...(fresh && { fresh_authentication: fresh }),
      })
    },
    // A password that was typed is not kept in memory.
    gcTime: 0,
    onSuccess: (answer) => onOutcome(toOutcome(answer)),
    onError: (error) => {
      if (isAlreadyResolved(error)) onOutcome({ type: 'duplicate' })
    },
    onSettled: () => queryClient.invalidateQueries({ queryKey: ['approvals'] }),
  })
  const { reset } = resolve
  useEffect(() => {
    if (step === null) reset()
  }, [step, reset])
  const stepProps = {
    approval,
    said,
    isBusy: resolve.isPending,
    onSend: (resolution: Resolution, prove?: Prove) => resolve.mutate({ resolution, prove }),
    onCancel: () => onStep(null),
  }
  return (
    <section
      aria-label={text.resolve.label}
      className="max-h-[75%] shrink-0 overflow-y-auto border-t border-line bg-panel px-4 py-3 panes:px-6"
    >
      <div className="max-w-190 space-y-3">
        {findings === 'unknown' && (
          <Note tone="wait" icon={TriangleAlert}>
            {text.card.findingsUnknown}
          </Note>
        )}
        {step === null && (
          <div className="flex gap-3">
            <Button
              icon={Check}
              hint={hasKeys ? 'A' : undefined}
              disabled={blocked !== null}
              onClick={() => onStep('approve')}
              className="max-rail:flex-1"
            >
              {text.resolve.approve}
            </Button>
            <Button
              icon={X}
              hint={hasKeys ? 'R' : undefined}
              disabled={blocked === 'all'}
              onClick={() => onStep('reject')}
              className="max-rail:flex-1"
            >
              {text.resolve.reject}
            </Button>
          </div>
        )}
        {step === 'approve' && (
          <ApproveStep {...stepProps} findings={findings} isBlocked={blocked !== null} />
        )}
        {step === 'reject' && <RejectStep {...stepProps} isBlocked={blocked === 'all'} />}
        {resolve.isError && !isAlreadyResolved(resolve.error) && <AnswerFailed error={resolve.error} />}
      </div>
    </section>
  )
}

export type StepProps = {
  approval: PendingApproval
  said: Described
  isBusy: boolean
  isBlocked: boolean
  /** `prove` is asked before anything is sent, where the approval wants to know who gives it. */
  onSend: (resolution: Resolution, prove?: Prove) => void
  onCancel: () => void
}
