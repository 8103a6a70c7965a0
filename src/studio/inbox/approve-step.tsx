import { Check } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import { text } from '../text.ts'
import { Button } from '../ui/button.tsx'
import { TextArea, TextField } from '../ui/field.tsx'
import { saysAmount } from '../ui/format-money.ts'
import type { AnswerBarProps, StepProps } from './answer-bar.tsx'
import { FreshProof } from './fresh-proof.tsx'
import { HoldButton } from './hold-button.tsx'
import { StepFrame } from './step-frame.tsx'
import { useApproverName } from './use-approver-name.ts'
import { useFreshProof } from './use-fresh-proof.ts'

/** The second step of an approval. High risk asks for more than a click: the amount, typed, or a button held. */
export function ApproveStep(props: StepProps & Pick<AnswerBarProps, 'findings'>) {
  const { approval, said, findings, isBusy, isBlocked, onSend } = props
  const approver = useApproverName()
  const [reason, setReason] = useState('')
  const [typed, setTyped] = useState('')
  const [isUnderstood, setUnderstood] = useState(false)
  const amount = approval.risk_level === 'high' ? said.amount : null
  const mustHold = approval.risk_level === 'high' && said.amount === null
  const amountIsRight = amount === null || saysAmount(typed, amount.decimal, amount.currency)
  const proof = useFreshProof(approval)
  const typedField = useRef<HTMLInputElement>(null)
  const reasonField = useRef<HTMLTextAreaElement>(null)
  useEffect(() => (typedField.current ?? reasonField.current)?.focus(), [])

  const isSure = amountIsRight && (findings === 'known' || isUnderstood)
  const isReady = isSure && approver.name.trim() !== '' && proof.isReady && !isBusy && !isBlocked
  const send = () => {
    if (!isReady) return
    approver.remember()
    const answer = {
      decision: 'approved' as const,
      approver_id: approver.name.trim(),
      ...(reason.trim() && { reason: reason.trim() }),
    }
    onSend(answer, proof.prove)
  }
  const label = isBusy
    ? text.resolve.busy
    : approval.action === 'purchase.create'
      ? text.resolve.approvePurchase
      : text.resolve.approveAny
  return (
    <StepFrame
      {...props}
      asks={text.resolve.approving}
      approver={approver}
      button={
        mustHold ? (
          <HoldButton onHeld={send} disabled={!isReady}>
            {isBusy ? text.resolve.busy : text.resolve.hold}
          </HoldButton>
        ) : (
          <Button tone="ok" icon={Check} onClick={send} disabled={!isReady}>
            {label}
          </Button>
        )
      }
    >
      {amount && (
        <TextField
          ref={typedField}
          label={text.resolve.typeAmount(amount.shown)}
          fault={typed !== '' && !amountIsRight ? text.resolve.typeAmountWrong : undefined}
          value={typed}
          inputMode="decimal"
          autoComplete="off"
          onChange={(event) => setTyped(event.target.value)}
        />
      )}
      {findings !== 'known' && (
        <label className="flex min-h-9 items-center gap-2">
          <input
            type="checkbox"
            checked={isUnderstood}
            onChange={(event) => setUnderstood(event.target.checked)}
            className="size-4 accent-accent"
          />
          {text.resolve.understood}
        </label>
      )}
      {mustHold && <p className="text-13">{text.resolve.holdHint}</p>}
      <FreshProof proof={proof} />
      <TextArea
        ref={reasonField}
        label={text.resolve.reasonOptional}
        value={reason}
        onChange={(event) => setReason(event.target.value)}
      />
    </StepFrame>
  )
}
