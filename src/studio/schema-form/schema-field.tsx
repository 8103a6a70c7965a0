import { Plus, X } from 'lucide-react'
import { text } from '../text.ts'
import { Button } from '../ui/button.tsx'
import { SelectField, TextArea, TextField } from '../ui/field.tsx'
import { cutText, revealAsString } from '../ui/reveal-text.ts'
import { type Draft, makeDraft } from './draft.ts'
import type { Field, Member } from './read-schema.ts'

type SchemaFieldProps = {
  field: Field
  label: string
  isRequired: boolean
  draft: Draft
  onChange: (draft: Draft) => void
  path: string
  faults: ReadonlyMap<string, string>
}

/** One field of a form that a schema asks for, and all within it. */
export function SchemaField(props: SchemaFieldProps) {
  const { field, label, isRequired, draft, onChange, path, faults } = props
  if (field.kind === 'group') return <GroupField {...props} members={field.members} />
  if (field.kind === 'list') return <ListField {...props} item={field.item} />
  const shared = {
    label: isRequired ? label : text.form.optional(label),
    hint: sayHint(field),
    fault: faults.get(path),
    value: draft as string,
    // Said to those who listen; what is missing is told by us and not by the browser.
    'aria-required': isRequired,
  }
  switch (field.kind) {
    case 'flag':
      return (
        <SelectField
          {...shared}
          onChange={(event) => onChange(event.target.value)}
          options={[
            { value: '', says: text.form.notGiven },
            { value: 'true', says: text.form.yes },
            { value: 'false', says: text.form.no },
          ]}
        />
      )
    case 'choice':
      return (
        <SelectField
          {...shared}
          onChange={(event) => onChange(event.target.value)}
          options={[
            { value: '', says: text.form.notGiven },
            ...field.options.map((option, index) => ({
              value: String(index),
              says: reveal(typeof option === 'string' ? option : JSON.stringify(option)),
            })),
          ]}
        />
      )
    case 'number':
      return (
        <TextField
          {...shared}
          inputMode={field.isWhole ? 'numeric' : 'decimal'}
          autoComplete="off"
          onChange={(event) => onChange(event.target.value)}
        />
      )
    case 'json':
      return (
        <TextArea
          {...shared}
          rows={4}
          spellCheck={false}
          onChange={(event) => onChange(event.target.value)}
        />
      )
    case 'text':
      return field.isLong ? (
        <TextArea {...shared} rows={4} onChange={(event) => onChange(event.target.value)} />
      ) : (
        <TextField {...shared} autoComplete="off" onChange={(event) => onChange(event.target.value)} />
      )
  }
}

const reveal = (words: string) => revealAsString(cutText(words, 120))

function sayHint({ hint, example }: Field): string | undefined {
  const parts = [hint, example === null ? null : text.form.example(example)].filter((part) => part !== null)
  return parts.length > 0 ? reveal(parts.join(' ')) : undefined
}

/** The fields of one level, without a frame around them. */
export function MemberFields({
  members,
  draft,
  onChange,
  path,
  faults,
}: Pick<SchemaFieldProps, 'draft' | 'onChange' | 'path' | 'faults'> & { members: Member[] }) {
  const drafts = draft as Record<string, Draft>
  return members.map(({ name, isRequired, field }) => (
    <SchemaField
      key={name}
      field={field}
      label={reveal(field.label)}
      isRequired={isRequired}
      draft={drafts[name] ?? makeDraft(field)}
      onChange={(next) => onChange({ ...drafts, [name]: next })}
      path={`${path}.${name}`}
      faults={faults}
    />
  ))
}

const FRAME = 'min-w-0 space-y-3 rounded-md border border-line p-3'

function GroupField({ label, isRequired, members, ...rest }: SchemaFieldProps & { members: Member[] }) {
  return (
    <fieldset className={FRAME}>
      <legend className="px-1 text-13 font-medium">{isRequired ? label : text.form.optional(label)}</legend>
      <MemberFields members={members} {...rest} />
    </fieldset>
  )
}

function ListField(props: SchemaFieldProps & { item: Field }) {
  const { label, isRequired, item, draft, onChange, path, faults } = props
  const items = draft as Draft[]
  return (
    <fieldset className={FRAME}>
      <legend className="px-1 text-13 font-medium">{isRequired ? label : text.form.optional(label)}</legend>
      {items.map((each, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: every field is controlled, so nothing is kept by place
        <div key={index} className="flex items-start gap-2">
          <div className="min-w-0 flex-1">
            <SchemaField
              field={item}
              label={text.form.item(label, index + 1)}
              isRequired
              draft={each}
              onChange={(next) => onChange(items.with(index, next))}
              path={`${path}.${index}`}
              faults={faults}
            />
          </div>
          <button
            type="button"
            aria-label={text.form.remove(label, index + 1)}
            title={text.form.remove(label, index + 1)}
            onClick={() => onChange(items.toSpliced(index, 1))}
            className="mt-6 inline-flex size-9 shrink-0 items-center justify-center rounded-md text-muted hover:text-text"
          >
            <X size={16} aria-hidden="true" />
          </button>
        </div>
      ))}
      <Button icon={Plus} onClick={() => onChange([...items, makeDraft(item)])}>
        {text.form.add(label)}
      </Button>
    </fieldset>
  )
}
