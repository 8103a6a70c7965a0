import type { ReactNode } from 'react'
import { text } from '../text.ts'
import { Button } from '../ui/button.tsx'
import { TextField } from '../ui/field.tsx'
import { IdText } from '../ui/id-text.tsx'
import type { StepProps } from './answer-bar.tsx'
import { SaidPayload } from './said-payload.tsx'
import type { useApproverName } from './use-approver-name.ts'

type StepFrameProps = Pick<StepProps, 'approval' | 'said' | 'isBusy' | 'onCancel'> & {
  asks: string
  then?: string
  approver: ReturnType<typeof useApproverName>
  button: ReactNode
  children: ReactNode
}

/** The question once more, what it needs, and the one button that answers it. Enter in a field sends nothing. */
export function StepFrame(props: StepFrameProps) {
  const { approval, said, asks, then, approver, button, children, isBusy, onCancel } = props
  return (
    <div className="space-y-3">
      <p className="text-14 wrap-anywhere">
        <span className="text-muted">{asks}</span>{' '}
        <strong className="font-semibold">
          <SaidPayload said={said} />
        </strong>{' '}
        {approval.payload_sha256 && (
          <span className="text-12 text-muted">
            <IdText id={approval.payload_sha256} />
          </span>
        )}{' '}
        {then && <span className="text-muted">{then}</span>}
      </p>
      {children}
      <TextField
        label={text.resolve.name}
        hint={approver.signedInAs && text.resolve.nameHint(approver.signedInAs)}
        fault={approver.name.trim() === '' ? text.resolve.nameMissing : undefined}
        value={approver.name}
        autoComplete="off"
        onChange={(event) => approver.setName(event.target.value)}
      />
      {/* The answer stands away from the button that asked for it: a double click must not be one. */}
      <div className="flex flex-row-reverse flex-wrap justify-between gap-3">
        {button}
        <Button tone="quiet" onClick={onCancel} disabled={isBusy}>
          {text.common.cancel}
        </Button>
      </div>
    </div>
  )
}
