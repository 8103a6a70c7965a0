import { useState } from 'react'
import type { PendingApproval } from '../../http/schema.ts'
import type { AnswerStep } from '../inbox/answer-bar.tsx'
import { ApprovalCard } from '../inbox/approval-card.tsx'
import type { Outcome } from '../inbox/outcome.ts'
import { useShortcuts } from '../ui/use-shortcuts.ts'

type RunApprovalProps = { approval: PendingApproval; onOutcome: (outcome: Outcome) => void }

/** What the run waits for, answered right here: the card of the inbox with its keys. */
export function RunApproval({ approval, onOutcome }: RunApprovalProps) {
  const [step, setStep] = useState<AnswerStep | null>(null)
  useShortcuts({
    a: () => setStep('approve'),
    r: () => setStep('reject'),
    Escape: () => setStep(null),
  })
  return (
    <ApprovalCard approval={approval} step={step} onStep={setStep} onOutcome={onOutcome} takesFocus={false} />
  )
}
