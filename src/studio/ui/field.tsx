import { type ComponentProps, type Ref, useId } from 'react'

const BOX =
  'w-full rounded-md border border-muted/70 bg-panel px-2 text-14 text-text aria-invalid:border-stop placeholder:text-muted'

type Labelled = { label: string; hint?: string | undefined; fault?: string | undefined }

export function TextField({
  label,
  hint,
  fault,
  ref,
  ...rest
}: Labelled & ComponentProps<'input'> & { ref?: Ref<HTMLInputElement> }) {
  const id = useId()
  return (
    <div>
      <Label id={id} label={label} />
      <input
        {...rest}
        ref={ref}
        id={id}
        aria-invalid={fault ? true : undefined}
        aria-describedby={`${id}-hint`}
        className={`h-9 ${BOX}`}
      />
      <Below id={id} hint={hint} fault={fault} />
    </div>
  )
}

export function TextArea({
  label,
  hint,
  fault,
  ref,
  ...rest
}: Labelled & ComponentProps<'textarea'> & { ref?: Ref<HTMLTextAreaElement> }) {
  const id = useId()
  return (
    <div>
      <Label id={id} label={label} />
      <textarea
        rows={2}
        {...rest}
        ref={ref}
        id={id}
        aria-invalid={fault ? true : undefined}
        aria-describedby={`${id}-hint`}
        className={`block min-h-9 py-1.5 ${BOX}`}
      />
      <Below id={id} hint={hint} fault={fault} />
    </div>
  )
}

/** What a catalogue says of each value, as options to choose from. */
export const optionsOf = <K extends string>(says: Record<K, string>) =>
  (Object.keys(says) as K[]).map((value) => ({ value, says: says[value] }))

export function SelectField({
  label,
  hint,
  fault,
  options,
  ...rest
}: Labelled & ComponentProps<'select'> & { options: { value: string; says: string }[] }) {
  const id = useId()
  return (
    <div>
      <Label id={id} label={label} />
      <select
        {...rest}
        id={id}
        aria-invalid={fault ? true : undefined}
        aria-describedby={`${id}-hint`}
        className={`h-9 ${BOX}`}
      >
        {options.map(({ value, says }) => (
          <option key={value} value={value}>
            {says}
          </option>
        ))}
      </select>
      <Below id={id} hint={hint} fault={fault} />
    </div>
  )
}

function Label({ id, label }: { id: string; label: string }) {
  return (
    <label htmlFor={id} className="mb-1 block text-13 font-medium">
      {label}
    </label>
  )
}

function Below({ id, hint, fault }: { id: string; hint: string | undefined; fault: string | undefined }) {
  return (
    <p id={`${id}-hint`} aria-live="polite" className={`mt-1 text-12 ${fault ? 'text-stop' : 'text-muted'}`}>
      {fault ?? hint}
    </p>
  )
}
