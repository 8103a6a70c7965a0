import { X } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import { text } from '../text.ts'
import { Button } from '../ui/button.tsx'
import { TextArea } from '../ui/field.tsx'
import type { StepProps } from './answer-bar.tsx'
import { StepFrame } from './step-frame.tsx'
import { useApproverName } from './use-approver-name.ts'

/** The second step of a rejection: without a reason nobody learns from it. */
export function RejectStep(props: StepProps) {
  const { approval, isBusy, isBlocked, onSend } = props
  const approver = useApproverName()
  const [reason, setReason] = useState('')
  const [fault, setFault] = useState<string>()
  const field = useRef<HTMLTextAreaElement>(null)
  useEffect(() => field.current?.focus(), [])

  const send = () => {
    if (reason.trim() === '') {
      setFault(text.resolve.reasonMissing)
      field.current?.focus()
      return
    }
    approver.remember()
    onSend({ decision: 'rejected', approver_id: approver.name.trim(), reason: reason.trim() })
  }
  const label = approval.action === 'purchase.create' ? text.resolve.rejectPurchase : text.resolve.rejectAny
  return (
    <StepFrame
      {...props}
      asks={text.resolve.rejecting}
      then={text.resolve.rejectEffect}
      approver={approver}
      button={
        <Button
          tone="stop"
          icon={X}
          onClick={send}
          disabled={isBusy || isBlocked || approver.name.trim() === ''}
        >
          {isBusy ? text.resolve.busy : label}
        </Button>
      }
    >
      <TextArea
        ref={field}
        label={text.resolve.reasonRequired}
        fault={fault}
        required
        value={reason}
        onChange={(event) => {
          setReason(event.target.value)
          setFault(undefined)
        }}
      />
    </StepFrame>
  )
}
