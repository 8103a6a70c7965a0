import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { CircleCheck, Clock, Save, Trash2 } from 'lucide-react'
import { type FormEvent, useRef, useState } from 'react'
import { ApiError } from '../api/api-error.ts'
import { deletePolicy, isWaiting, savePolicy } from '../api/policy-client.ts'
import { ActionFailed } from '../runs/action-failed.tsx'
import { text } from '../text.ts'
import { policyText } from '../text-policies.ts'
import { Button } from '../ui/button.tsx'
import { DataText } from '../ui/data-text.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { TextArea } from '../ui/field.tsx'
import { Note } from '../ui/note.tsx'
import { BacktestPanel } from './backtest-panel.tsx'
import type { draftOf } from './policy-draft.ts'
import { PolicyFields } from './policy-fields.tsx'
import { type PolicyFormState, usePolicyForm } from './use-policy-form.ts'

type EditorProps = { policyId: string | null; initial: Parameters<typeof draftOf>[0]; name?: string }

/** What a policy says, to be written, tried on the past and saved. */
export function PolicyEditor({ policyId, initial, name }: EditorProps) {
  const form = usePolicyForm(initial)
  const element = useRef<HTMLFormElement>(null)
  const navigate = useNavigate()
  const client = useQueryClient()
  const [isRemoving, setRemoving] = useState(false)
  const refresh = () => client.invalidateQueries({ queryKey: ['policies'] })

  const save = useMutation({
    mutationFn: (body: object) => savePolicy(policyId, body),
    onSuccess: async (answer) => {
      await refresh()
      if (isWaiting(answer)) return
      await navigate({ to: '/policies/$policyId', params: { policyId: answer.id }, replace: true })
    },
    onError: (error) => {
      if (!(error instanceof ApiError) || error.status !== 422) return
      form.showFaults(error.details)
      focusFirstFault(element.current)
    },
  })
  const remove = useMutation({
    mutationFn: () => deletePolicy(policyId!),
    onSuccess: async (answer) => {
      setRemoving(false)
      if (!isWaiting(answer)) await navigate({ to: '/policies' })
      await refresh()
    },
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    const body = form.read()
    if (body) save.mutate(body)
    else focusFirstFault(element.current)
  }
  const waits = [save.data, remove.data].find((answer) => isWaiting(answer))
  return (
    <div className="grid panes:grid-cols-[minmax(0,3fr)_minmax(24rem,2fr)]">
      <form
        ref={element}
        onSubmit={submit}
        noValidate
        aria-label={policyText.policy.formTitle}
        className="max-w-200 space-y-4 p-4"
      >
        <PolicyWriting form={form} />
        <div className="flex flex-wrap items-center gap-3">
          <Button type="submit" tone="accent" icon={Save} disabled={save.isPending}>
            {save.isPending
              ? policyText.policy.saving
              : policyId
                ? policyText.policy.save
                : policyText.policy.create}
          </Button>
          {policyId && (
            <Button icon={Trash2} onClick={() => setRemoving(true)}>
              {policyText.policy.remove}
            </Button>
          )}
        </div>
        <div aria-live="polite" className="space-y-3">
          {form.faults.size > 0 && (
            <p className="text-13 text-stop">{policyText.policy.faults(form.faults.size)}</p>
          )}
          {waits && <WaitsNote />}
          {save.isSuccess && !isWaiting(save.data) && (
            <Note tone="ok" icon={CircleCheck}>
              <p>{policyText.policy.saved}</p>
            </Note>
          )}
          {[save, remove].map(({ error }, index) =>
            error ? (
              // biome-ignore lint/suspicious/noArrayIndexKey: two, in a fixed order
              <ActionFailed key={index} error={error} refused={policyText.policy.nothingChanged} />
            ) : null,
          )}
        </div>
      </form>
      <div className="min-w-0 border-line bg-panel p-4 max-panes:border-t panes:border-l panes:px-6">
        <BacktestPanel policyId={policyId} form={form} />
      </div>
      <Dialog isOpen={isRemoving} title={policyText.policy.removeTitle} onClose={() => setRemoving(false)}>
        {name && (
          <p className="font-medium">
            <DataText value={name} plain fold={120} />
          </p>
        )}
        <p className="mt-2">{policyText.policy.removeBody}</p>
        <div className="mt-4 flex flex-wrap gap-3">
          <Button tone="stop" disabled={remove.isPending} onClick={() => remove.mutate()}>
            {policyText.policy.removeDo}
          </Button>
          <Button onClick={() => setRemoving(false)}>{text.common.cancel}</Button>
        </div>
      </Dialog>
    </div>
  )
}

/** The form, or the JSON of the same thing. */
function PolicyWriting({ form }: { form: PolicyFormState }) {
  const { json, faults } = form
  const said = [...faults].map(([path, message]) => (path ? `${path}: ${message}` : message)).join('\n')
  return (
    <>
      {json === null ? (
        <PolicyFields draft={form.draft} onChange={form.change} faults={faults} />
      ) : (
        <TextArea
          label={policyText.policy.json}
          fault={said || undefined}
          value={json}
          rows={24}
          spellCheck={false}
          style={{ fontFamily: 'var(--font-mono)', fontSize: '0.8125rem' }}
          onChange={(event) => form.changeJson(event.target.value)}
        />
      )}
      <button
        type="button"
        onClick={json === null ? form.toJson : form.toForm}
        className="text-13 text-accent underline underline-offset-2"
      >
        {json === null ? policyText.policy.asJson : policyText.policy.asForm}
      </button>
    </>
  )
}

function WaitsNote() {
  return (
    <Note tone="wait" icon={Clock}>
      <p>
        {policyText.policy.waits}{' '}
        <Link to="/" className="text-accent underline underline-offset-2">
          {policyText.policy.toInbox}
        </Link>
      </p>
    </Note>
  )
}

/** After the faults are on the page. */
function focusFirstFault(form: HTMLFormElement | null): void {
  requestAnimationFrame(() => form?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus())
}
