import { text } from '../text.ts'
import { TextArea } from '../ui/field.tsx'
import { MemberFields } from './schema-field.tsx'
import type { InputForm } from './use-input-form.ts'

/** The fields of an input, with the way to edit it as JSON and back. */
export function InputFields({ form, label, hint }: { form: InputForm; label: string; hint?: string }) {
  const { field, way, hasFields } = form
  return (
    <div className="space-y-3">
      {way === 'form' && field.kind === 'group' ? (
        field.members.length === 0 ? (
          <p className="text-13 text-muted">{text.start.noFields}</p>
        ) : (
          <MemberFields
            members={field.members}
            draft={form.draft}
            onChange={form.change}
            path="input"
            faults={form.faults}
          />
        )
      ) : (
        <TextArea
          label={label}
          hint={hint}
          fault={form.faults.get('input')}
          value={form.json}
          rows={8}
          spellCheck={false}
          style={{ fontFamily: 'var(--font-mono)', fontSize: '0.8125rem' }}
          onChange={(event) => form.changeJson(event.target.value)}
        />
      )}
      {hasFields && (
        <button
          type="button"
          onClick={() => form.switchTo(way === 'form' ? 'json' : 'form')}
          className="text-13 text-accent underline underline-offset-2"
        >
          {way === 'form' ? text.start.asJson : text.start.asForm}
        </button>
      )}
    </div>
  )
}
