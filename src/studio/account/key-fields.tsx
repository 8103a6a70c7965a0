import { useQuery } from '@tanstack/react-query'
import { useId } from 'react'
import type { Permission } from '../../identity/schema.ts'
import { policiesQuery } from '../api/policy-queries.ts'
import { text } from '../text.ts'
import { DataText } from '../ui/data-text.tsx'
import { SelectField, TextField } from '../ui/field.tsx'
import type { Expiry, KeyDraft } from './key-draft.ts'

const words = text.newKey
const PERMISSIONS: Permission[] = ['read', 'write']
const EXPIRIES = (['30', '90', '365', 'never', 'day'] as const).map((value) => ({
  value,
  says: words.expiries[value],
}))

type KeyFieldsProps = {
  draft: KeyDraft
  onChange: (draft: KeyDraft) => void
  faults: { name: string | undefined; permissions: string | undefined; day: string | undefined }
}

export function KeyFields({ draft, onChange, faults }: KeyFieldsProps) {
  const policies = (useQuery(policiesQuery).data?.policies ?? []).filter(({ scope }) => scope === 'agent')
  const set = (change: Partial<KeyDraft>) => onChange({ ...draft, ...change })
  return (
    <>
      <TextField
        label={words.name}
        hint={words.nameHint}
        fault={faults.name}
        value={draft.name}
        maxLength={200}
        required
        onChange={(event) => set({ name: event.target.value })}
      />
      <Choices
        legend={words.permissions}
        fault={faults.permissions}
        options={PERMISSIONS.map((value) => ({ value, says: words[value] }))}
        chosen={draft.permissions}
        onChange={(permissions) =>
          set({ permissions: PERMISSIONS.filter((each) => permissions.includes(each)) })
        }
      />
      <div className="grid gap-4 rail:grid-cols-2">
        <SelectField
          label={words.expires}
          options={EXPIRIES}
          value={draft.expiry}
          onChange={(event) => set({ expiry: event.target.value as Expiry })}
        />
        {draft.expiry === 'day' && (
          <TextField
            label={words.lastDay}
            type="date"
            fault={faults.day}
            value={draft.day}
            onChange={(event) => set({ day: event.target.value })}
          />
        )}
      </div>
      <Choices
        legend={words.policies}
        hint={policies.length > 0 ? words.policiesHint : words.noPolicies}
        options={policies.map(({ id, name }) => ({ value: id, says: name }))}
        chosen={draft.policies}
        onChange={(chosen) => set({ policies: chosen })}
      />
    </>
  )
}

type ChoicesProps = {
  legend: string
  hint?: string
  fault?: string | undefined
  options: { value: string; says: string }[]
  chosen: string[]
  onChange: (chosen: string[]) => void
}

function Choices({ legend, hint, fault, options, chosen, onChange }: ChoicesProps) {
  const hintId = useId()
  return (
    <fieldset aria-describedby={hintId}>
      <legend className="mb-1 text-13 font-medium">{legend}</legend>
      <div className="max-h-60 overflow-y-auto">
        {options.map(({ value, says }) => (
          <label key={value} className="flex min-h-8 items-center gap-2 text-14">
            <input
              type="checkbox"
              checked={chosen.includes(value)}
              onChange={(event) =>
                onChange(event.target.checked ? [...chosen, value] : chosen.filter((each) => each !== value))
              }
              className="size-4 shrink-0 accent-accent"
            />
            <span className="min-w-0">
              <DataText value={says} plain fold={120} />
            </span>
          </label>
        ))}
      </div>
      <p id={hintId} aria-live="polite" className={`text-12 ${fault ? 'text-stop' : 'text-muted'}`}>
        {fault ?? hint}
      </p>
    </fieldset>
  )
}
