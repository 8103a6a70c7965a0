import { useNavigate } from '@tanstack/react-router'
import { GitFork } from 'lucide-react'
import type { Run, RunStep } from '../../engine/runs/schema.ts'
import { forkRun } from '../api/workflow-client.ts'
import { InputFields } from '../schema-form/input-fields.tsx'
import { useInputForm } from '../schema-form/use-input-form.ts'
import { text } from '../text.ts'
import { Button } from '../ui/button.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { Fill } from '../ui/fill.tsx'
import { cutText, revealAsString } from '../ui/reveal-text.ts'
import { ActionFailed } from './action-failed.tsx'
import { useRunAction } from './use-run-action.ts'

type ForkDialogProps = { run: Run; step: RunStep | undefined; inputSchema: unknown; onClose: () => void }

/** A new run from a step of this one, with the same input or another. */
export function ForkDialog({ run, step, inputSchema, onClose }: ForkDialogProps) {
  const name = step && revealAsString(cutText(step.id, 80))
  return (
    <Dialog
      isOpen={step !== undefined}
      onClose={onClose}
      title={text.forkRun.title.replace('{step}', name ?? '')}
    >
      {step && <ForkForm run={run} step={step} inputSchema={inputSchema} onClose={onClose} />}
    </Dialog>
  )
}

function ForkForm({ run, step, inputSchema, onClose }: ForkDialogProps & { step: RunStep }) {
  const navigate = useNavigate()
  const form = useInputForm(inputSchema, run.input)
  const fork = useRunAction(
    run.id,
    (body: Parameters<typeof forkRun>[1]) => forkRun(run.id, body),
    (forked) => void navigate({ to: '/runs/$runId', params: { runId: forked.id } }),
  )
  const send = () => {
    const input = form.read()
    if (input === undefined) return
    const isChanged = JSON.stringify(input) !== JSON.stringify(run.input)
    fork.mutate({ from_step: step.id, ...(isChanged && { input }) })
  }
  const says = text.forkRun
  return (
    <div className="space-y-4">
      <p className="max-w-[80ch]">
        <Fill sentence={says.body} step={<b>{revealAsString(cutText(step.id, 80))}</b>} />{' '}
        {says.mode[run.mode]}
      </p>
      <fieldset className="space-y-3">
        <legend className="mb-1 text-13 font-semibold">{says.input}</legend>
        <p className="text-13 text-muted">{says.inputHint}</p>
        <InputFields form={form} label={text.start.json} />
      </fieldset>
      {fork.isPending && <p className="text-13 text-muted">{text.start.busyHint}</p>}
      {fork.isError && <ActionFailed error={fork.error} />}
      <div className="flex flex-wrap justify-between gap-3">
        <Button tone="quiet" onClick={onClose} disabled={fork.isPending}>
          {text.common.cancel}
        </Button>
        <Button tone="accent" icon={GitFork} onClick={send} disabled={fork.isPending}>
          {fork.isPending ? says.busy : says.send}
        </Button>
      </div>
    </div>
  )
}
