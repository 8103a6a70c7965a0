import type { ComponentProps } from 'react'

type SelectProps = ComponentProps<'select'> & { label: string; options: { value: string; says: string }[] }

/** A choice in the head of a list; its name is said and not shown, as its first option tells what it is about. */
export function FilterSelect({ label, options, ...rest }: SelectProps) {
  return (
    <select
      {...rest}
      aria-label={label}
      className="h-8 max-w-full min-w-0 rounded-md border border-muted/70 bg-panel px-2 text-13"
    >
      {options.map(({ value, says }) => (
        <option key={value} value={value}>
          {says}
        </option>
      ))}
    </select>
  )
}
