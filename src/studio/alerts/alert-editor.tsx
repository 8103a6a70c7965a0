import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { Bell, BellOff, CircleCheck, Info, Save, Trash2 } from 'lucide-react'
import { type FormEvent, useRef, useState } from 'react'
import type { AlertConfig } from '../../ops/alerts/schema.ts'
import { ApiError } from '../api/api-error.ts'
import { deleteAlert, saveAlert } from '../api/ops-client.ts'
import { installationQuery } from '../api/queries.ts'
import { ActionFailed } from '../runs/action-failed.tsx'
import { text } from '../text.ts'
import { Button } from '../ui/button.tsx'
import { CopyAction } from '../ui/copy-button.tsx'
import { DataText } from '../ui/data-text.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { makeCurl } from '../ui/make-curl.ts'
import { Note } from '../ui/note.tsx'
import { type AlertDraft, alertOf, type Fault } from './alert-draft.ts'
import { AlertFields } from './alert-fields.tsx'
import { useMayChange } from './alerts-page.tsx'

const words = text.alert
const FAULTS: Record<Fault, string> = {
  name: words.nameMissing,
  threshold: words.notNumber,
  window_seconds: words.windowFault,
}
const NONE: ReadonlyMap<string, string> = new Map()

/** One rule, to be written, switched and deleted; for whoever may not, to be read. */
export function AlertEditor({ alert, initial }: { alert: AlertConfig | null; initial: AlertDraft }) {
  const [draft, setDraft] = useState(initial)
  const [faults, setFaults] = useState(NONE)
  const [isRemoving, setRemoving] = useState(false)
  const form = useRef<HTMLFormElement>(null)
  const client = useQueryClient()
  const navigate = useNavigate()
  const mayChange = useMayChange()
  const needsKey = useQuery(installationQuery).data?.mode === 'authenticated'
  const refresh = () => client.invalidateQueries({ queryKey: ['alerts'] })

  const showFaults = (found: [path: string, message: string][]) => {
    setFaults(new Map(found))
    requestAnimationFrame(() => form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus())
  }
  const save = useMutation({
    mutationFn: (body: object) => saveAlert(alert?.id ?? null, body),
    onSuccess: async (saved) => {
      await refresh()
      setDraft((now) => ({ ...now, enabled: saved.enabled }))
      await navigate({ to: '/alerts', search: { rule: saved.id }, replace: true })
    },
    onError: (error) => {
      if (error instanceof ApiError && error.status === 422)
        showFaults(error.details.map(({ path, message }) => [path, message]))
    },
  })
  const remove = useMutation({
    mutationFn: () => deleteAlert(alert!.id),
    onSuccess: async () => {
      setRemoving(false)
      await navigate({ to: '/alerts' })
      await refresh()
    },
  })
  const change = (next: AlertDraft) => {
    setDraft(next)
    setFaults(NONE)
    if (!save.isPending) save.reset()
  }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    const { body, faults: found } = alertOf(draft)
    if (body) save.mutate(body)
    else showFaults(found.map((name) => [name, FAULTS[name]]))
  }
  const written = alertOf(draft).body
  return (
    <form ref={form} onSubmit={submit} noValidate aria-label={words.formTitle} className="max-w-160">
      <h2 className="mb-3 text-20 font-semibold wrap-anywhere">
        {alert ? <DataText value={alert.name} plain fold={120} /> : text.alerts.newTitle}
      </h2>
      {!mayChange && (
        <div className="mb-3">
          <Note tone="muted" icon={Info}>
            <p>{text.alerts.mayNot}</p>
          </Note>
        </div>
      )}
      <fieldset disabled={!mayChange} className="space-y-3">
        <legend className="sr-only">{words.formTitle}</legend>
        <AlertFields draft={draft} onChange={change} faults={faults} saved={alert?.destinations ?? {}} />
        {mayChange && (
          <div className="flex flex-wrap items-center gap-3 pt-1">
            <Button type="submit" tone="accent" icon={Save} disabled={save.isPending}>
              {save.isPending ? words.saving : alert ? words.save : words.create}
            </Button>
            {alert && (
              <>
                <Button
                  icon={alert.enabled ? BellOff : Bell}
                  disabled={save.isPending}
                  onClick={() => save.mutate({ enabled: !alert.enabled })}
                >
                  {alert.enabled ? words.disable : words.enable}
                </Button>
                <Button icon={Trash2} onClick={() => setRemoving(true)}>
                  {words.remove}
                </Button>
              </>
            )}
          </div>
        )}
      </fieldset>
      <div aria-live="polite" className="mt-3 space-y-3">
        {faults.size > 0 && <p className="text-13 text-stop">{words.faults(faults.size)}</p>}
        {save.isSuccess && (
          <Note tone="ok" icon={CircleCheck}>
            <p>{words.saved}</p>
          </Note>
        )}
        {save.error && <ActionFailed error={save.error} refused={words.nothingChanged} />}
        {remove.error && <ActionFailed error={remove.error} refused={words.nothingChanged} />}
      </div>
      <p className="mt-4 flex flex-wrap items-center gap-4">
        {written && (
          <CopyAction
            value={makeCurl({
              path: `/api/v1/alerts/configs${alert ? `/${encodeURIComponent(alert.id)}` : ''}`,
              needsKey,
              body: written,
              ...(alert && { method: 'PATCH' }),
            })}
          >
            {text.run.copyCurl}
          </CopyAction>
        )}
        {alert && (
          <Link
            to="/alerts"
            search={{ view: 'history', of: alert.id }}
            className="text-13 text-accent underline underline-offset-2"
          >
            {words.raised}
          </Link>
        )}
      </p>
      <Dialog isOpen={isRemoving} title={words.removeTitle} onClose={() => setRemoving(false)}>
        {alert && (
          <p className="font-medium">
            <DataText value={alert.name} plain fold={120} />
          </p>
        )}
        <p className="mt-2">{words.removeBody}</p>
        <div className="mt-4 flex flex-wrap gap-3">
          <Button tone="stop" disabled={remove.isPending} onClick={() => remove.mutate()}>
            {words.removeDo}
          </Button>
          <Button onClick={() => setRemoving(false)}>{text.common.cancel}</Button>
        </div>
      </Dialog>
    </form>
  )
}
