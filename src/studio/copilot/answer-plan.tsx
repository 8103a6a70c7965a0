import { useMutation } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Check, Hourglass, Info, X } from 'lucide-react'
import { type FormEvent, useState } from 'react'
import type { CopilotRun } from '../../apps/copilot/runs/schema.ts'
import { ApiError } from '../api/api-error.ts'
import { approveCopilotRun, rejectCopilotRun } from '../api/copilot-client.ts'
import { useApproverName } from '../inbox/use-approver-name.ts'
import { ActionFailed } from '../runs/action-failed.tsx'
import { text } from '../text.ts'
import { copilotText } from '../text-copilot.ts'
import { Button } from '../ui/button.tsx'
import { TextArea, TextField } from '../ui/field.tsx'
import { IdText } from '../ui/id-text.tsx'
import { Note } from '../ui/note.tsx'
import { useIsPast } from '../ui/use-now.ts'
import { AskFailed } from './ask-failed.tsx'
import { useAsk } from './use-ask.ts'

const says = copilotText.copilotAnswer

type AnswerProps = {
  run: CopilotRun
  planHash: string
  /** The second until which the plan holds; null where none is set. */
  deadline: number | null
  onAnswered: () => Promise<unknown>
}

/** Yes or no to the plan that is shown: its hash goes along, so that another one is never approved by mistake. */
export function AnswerPlan({ run, planHash, deadline, onAnswered }: AnswerProps) {
  const { id: runId } = run
  const again = useAsk()
  const isPast = useIsPast(deadline === null ? null : deadline * 1000)
  const approver = useApproverName()
  const [isRejecting, setRejecting] = useState(false)
  const [isUnderstood, setUnderstood] = useState(false)
  const [reason, setReason] = useState('')
  const [fault, setFault] = useState<string>()
  const send = useMutation({
    mutationFn: () => {
      const reviewer = approver.name.trim()
      approver.remember()
      return isRejecting
        ? rejectCopilotRun(runId, { reviewer, reason: reason.trim() })
        : approveCopilotRun(runId, { reviewer, notes: reason.trim() || null, plan_hash: planHash })
    },
    onSettled: onAnswered,
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (send.isPending || approver.name.trim() === '') return
    if (isRejecting && reason.trim() === '') return setFault(text.resolve.reasonMissing)
    if (!isRejecting && !isUnderstood) return setFault(says.understoodMissing)
    setFault(undefined)
    send.mutate()
  }
  const isOver = isPast || (send.error instanceof ApiError && send.error.code === 'PLAN_STALE')
  const isWaitingForMore = send.data?.status === 'AWAITING_APPROVAL'
  return (
    <form
      onSubmit={submit}
      noValidate
      aria-label={says.title}
      className="space-y-3 rounded-md border border-wait/50 bg-panel px-4 py-3 shadow-panel"
    >
      <div className="flex flex-wrap items-center gap-x-4">
        <h2 className="text-16 font-semibold">{says.title}</h2>
        <IdText id={planHash} />
      </div>
      <TextArea
        label={isRejecting ? says.reason : says.notes}
        fault={isRejecting ? fault : undefined}
        required={isRejecting}
        maxLength={2000}
        value={reason}
        onChange={(event) => {
          setReason(event.target.value)
          setFault(undefined)
        }}
      />
      <TextField
        label={text.resolve.name}
        hint={approver.signedInAs && text.resolve.nameHint(approver.signedInAs)}
        fault={approver.name.trim() === '' ? text.resolve.nameMissing : undefined}
        value={approver.name}
        maxLength={128}
        autoComplete="off"
        onChange={(event) => approver.setName(event.target.value)}
      />
      {!isRejecting && (
        <div>
          <label className="flex min-h-9 items-center gap-2">
            <input
              type="checkbox"
              checked={isUnderstood}
              onChange={(event) => {
                setUnderstood(event.target.checked)
                setFault(undefined)
              }}
              className="size-4 accent-accent"
            />
            {text.resolve.understood}
          </label>
          <p aria-live="polite" className="text-12 text-stop">
            {fault}
          </p>
        </div>
      )}
      <div className="flex flex-row-reverse flex-wrap justify-between gap-3">
        {isRejecting ? (
          <Button type="submit" tone="stop" icon={X} disabled={send.isPending}>
            {send.isPending ? says.busy : says.rejectNow}
          </Button>
        ) : (
          <Button type="submit" tone="ok" icon={Check} disabled={send.isPending || !isUnderstood || isOver}>
            {send.isPending ? says.busy : says.approve}
          </Button>
        )}
        <Button
          tone="quiet"
          disabled={send.isPending}
          onClick={() => {
            setRejecting(!isRejecting)
            setFault(undefined)
          }}
        >
          {isRejecting ? text.common.cancel : says.reject}
        </Button>
      </div>
      {isOver && (
        <Note tone="wait" icon={Hourglass}>
          <p>{says.over}</p>
          <Button className="mt-2" disabled={again.isPending} onClick={() => again.mutate(run)}>
            {again.isPending ? copilotText.copilot.asking : copilotText.copilotRun.again}
          </Button>
          {again.isError && <AskFailed error={again.error} />}
        </Note>
      )}
      {isWaitingForMore && (
        <Note tone="wait" icon={Info}>
          {says.more}
        </Note>
      )}
      {send.isError && (
        <ActionFailed error={send.error} refused={says.refused} unanswered={says.unanswered} />
      )}
      <p className="text-12 text-muted">
        <Link to="/" className="text-accent underline underline-offset-2">
          {says.inbox}
        </Link>
      </p>
    </form>
  )
}
