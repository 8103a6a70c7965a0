import { useState } from 'react'
import { cancelRun } from '../api/workflow-client.ts'
import { text } from '../text.ts'
import { Button } from '../ui/button.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { TextArea } from '../ui/field.tsx'
import { ActionFailed } from './action-failed.tsx'
import { useRunAction } from './use-run-action.ts'

type CancelDialogProps = { runId: string; isOpen: boolean; onClose: () => void }

/** Ending a run cannot be taken back, so it takes two steps. */
export function CancelDialog({ runId, isOpen, onClose }: CancelDialogProps) {
  const [reason, setReason] = useState('')
  const cancel = useRunAction(
    runId,
    () => cancelRun(runId, reason.trim() === '' ? {} : { reason: reason.trim() }),
    onClose,
  )
  const says = text.cancelRun
  return (
    <Dialog isOpen={isOpen} onClose={onClose} title={says.title}>
      <div className="space-y-4">
        <p className="max-w-[80ch]">{says.body}</p>
        <TextArea
          label={says.reason}
          value={reason}
          maxLength={5000}
          onChange={(event) => setReason(event.target.value)}
        />
        {cancel.isError && <ActionFailed error={cancel.error} />}
        <div className="flex flex-wrap justify-between gap-3">
          <Button tone="quiet" onClick={onClose} disabled={cancel.isPending}>
            {says.keep}
          </Button>
          <Button tone="stop" onClick={() => cancel.mutate(undefined)} disabled={cancel.isPending}>
            {cancel.isPending ? says.busy : says.send}
          </Button>
        </div>
      </div>
    </Dialog>
  )
}
