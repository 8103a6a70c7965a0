import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Play } from 'lucide-react'
import { type FormEvent, useRef } from 'react'
import type { DescribedAction } from '../../apps/schema.ts'
import { runAction } from '../api/app-client.ts'
import { appActionsQuery } from '../api/app-queries.ts'
import { installationQuery } from '../api/queries.ts'
import { ActionFailed } from '../runs/action-failed.tsx'
import { ModeMark } from '../runs/run-state.tsx'
import { InputFields } from '../schema-form/input-fields.tsx'
import { text } from '../text.ts'
import { Button } from '../ui/button.tsx'
import { CopyLink } from '../ui/copy-button.tsx'
import { DataLine } from '../ui/data-text.tsx'
import { ErrorNote } from '../ui/error-note.tsx'
import { makeCurl } from '../ui/make-curl.ts'
import { SkeletonCard } from '../ui/skeleton.tsx'
import { ActionOutcome } from './action-outcome.tsx'
import { type ActionForm, useActionForm } from './use-action-form.ts'
import { ViewHead, type ViewProps } from './view-parts.tsx'

/** An action as a form: what has to be sent, and what came of it. */
export function FormView({ app, view }: ViewProps) {
  const actions = useQuery(appActionsQuery(app.id))
  const action = actions.data?.find(({ action_id }) => action_id === view.action_id)
  return (
    <div className="h-full overflow-y-auto">
      <div className="max-w-[80ch] space-y-5 px-4 pt-4 pb-8">
        <div>
          <ViewHead view={view} />
        </div>
        {actions.isError && <ErrorNote error={actions.error} onRetry={() => void actions.refetch()} />}
        {actions.isPending && <SkeletonCard />}
        {actions.data && !action && <p className="text-muted">{text.app.actionGone}</p>}
        {action && <RunForm appId={app.id} action={action} />}
      </div>
    </div>
  )
}

function RunForm({ appId, action }: { appId: string; action: DescribedAction }) {
  const needsKey = useQuery(installationQuery).data?.mode === 'authenticated'
  const queryClient = useQueryClient()
  const element = useRef<HTMLFormElement>(null)
  const form = useActionForm(action)
  const { action_id: actionId } = action
  const run = useMutation({
    mutationFn: (body: NonNullable<ReturnType<ActionForm['read']>>) => runAction(appId, actionId, body),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: ['runs'] }),
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    run.reset()
    const body = form.read()
    if (body) run.mutate(body)
    else
      requestAnimationFrame(() =>
        element.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus(),
      )
  }
  const path = `/api/v1/apps/${encodeURIComponent(appId)}/actions/${encodeURIComponent(actionId)}`
  return (
    <>
      <form ref={element} onSubmit={submit} noValidate aria-label={action.label} className="space-y-5">
        <ActionFields form={form} />
        {!form.asksEvent && !form.asksContext && <p className="text-muted">{text.appForm.nothingAsked}</p>}
        <div className="flex flex-wrap items-center gap-4">
          <Button type="submit" tone="accent" icon={Play} disabled={run.isPending}>
            {run.isPending ? text.appForm.busy : <DataLine value={action.label} />}
          </Button>
          <span className="text-13">
            <ModeMark mode={action.default_mode} />
          </span>
          <CopyLink
            value={() => makeCurl({ path, needsKey, body: form.read() ?? { event: {}, context: {} } })}
          >
            {text.run.copyCurl}
          </CopyLink>
        </div>
      </form>
      <div aria-live="polite" className="space-y-3">
        {run.isPending && <p className="text-13 text-muted">{text.appForm.busyHint}</p>}
        {!run.isPending && form.faultCount > 0 && (
          <p className="text-13 text-stop">{text.appForm.faults(form.faultCount)}</p>
        )}
        {run.isError && (
          <ActionFailed
            error={run.error}
            refused={text.appForm.nothingStarted}
            unanswered={text.appForm.noAnswer}
          />
        )}
        {run.data && <ActionOutcome key={run.data.run_id} started={run.data} />}
      </div>
    </>
  )
}

/** The fields of what an action asks for, in two groups where it asks for both. */
export function ActionFields({ form }: { form: ActionForm }) {
  return (
    <>
      {form.asksEvent && (
        <fieldset>
          <legend className="mb-2 text-13 font-semibold">{text.appForm.event}</legend>
          <InputFields form={form.event} label={text.appForm.eventJson} />
        </fieldset>
      )}
      {form.asksContext && (
        <fieldset>
          <legend className="mb-2 text-13 font-semibold">{text.appForm.context}</legend>
          <InputFields form={form.context} label={text.appForm.contextJson} />
        </fieldset>
      )}
    </>
  )
}
