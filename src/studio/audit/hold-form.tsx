import { useMutation, useQueryClient } from '@tanstack/react-query'
import { CircleCheck, LockKeyhole } from 'lucide-react'
import { type FormEvent, useRef, useState } from 'react'
import { createAuditHold } from '../api/ops-client.ts'
import { auditHoldsQuery } from '../api/ops-queries.ts'
import { ActionFailed } from '../runs/action-failed.tsx'
import { text } from '../text.ts'
import { Button } from '../ui/button.tsx'
import { TextArea, TextField } from '../ui/field.tsx'
import { Note } from '../ui/note.tsx'

const words = text.holds
const EMPTY = { reason: '', from: '', until: '' }

/** Setting a hold over a span of days, with its reason. */
export function HoldForm() {
  const client = useQueryClient()
  const [draft, setDraft] = useState(EMPTY)
  const [fault, setFault] = useState<'reason' | 'until' | null>(null)
  const reason = useRef<HTMLTextAreaElement>(null)
  const save = useMutation({
    mutationFn: () =>
      createAuditHold({
        reason: draft.reason.trim(),
        from: draft.from ? `${draft.from}T00:00:00.000Z` : null,
        until: draft.until ? `${draft.until}T23:59:59.999Z` : null,
      }),
    onSuccess: () => setDraft(EMPTY),
    onSettled: () => client.invalidateQueries({ queryKey: auditHoldsQuery.queryKey }),
  })
  const set = (change: Partial<typeof EMPTY>) => {
    setDraft({ ...draft, ...change })
    setFault(null)
    if (!save.isPending) save.reset()
  }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    const found =
      draft.reason.trim() === ''
        ? 'reason'
        : draft.from && draft.until && draft.until < draft.from
          ? 'until'
          : null
    setFault(found)
    if (found === 'reason') reason.current?.focus()
    if (found === null) save.mutate()
  }
  return (
    <form onSubmit={submit} noValidate aria-label={words.set} className="space-y-3">
      <TextArea
        ref={reason}
        label={words.reason}
        fault={fault === 'reason' ? words.reasonMissing : undefined}
        value={draft.reason}
        onChange={(event) => set({ reason: event.target.value })}
      />
      <div className="grid gap-3 rail:grid-cols-2">
        <TextField
          type="date"
          label={words.from}
          hint={words.fromHint}
          value={draft.from}
          onChange={(event) => set({ from: event.target.value })}
        />
        <TextField
          type="date"
          label={words.until}
          hint={words.untilHint}
          fault={fault === 'until' ? words.order : undefined}
          value={draft.until}
          onChange={(event) => set({ until: event.target.value })}
        />
      </div>
      <Button type="submit" icon={LockKeyhole} disabled={save.isPending}>
        {save.isPending ? words.setting : words.set}
      </Button>
      <div aria-live="polite">
        {save.isSuccess && (
          <Note tone="ok" icon={CircleCheck}>
            <p>{words.isSet}</p>
          </Note>
        )}
        {save.error && <ActionFailed error={save.error} refused={words.unchanged} />}
      </div>
    </form>
  )
}
