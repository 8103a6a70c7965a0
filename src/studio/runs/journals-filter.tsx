import { Search } from 'lucide-react'
import { useId } from 'react'
import { text } from '../text.ts'
import { STATUSES } from './run-status.tsx'

type Filter = { status?: string; q?: string }
type JournalsFilterProps = {
  status: string | undefined
  find: string | undefined
  onChange: (filter: Filter) => void
}

export function JournalsFilter({ status, find, onChange }: JournalsFilterProps) {
  const id = useId()
  const change = (next: { status?: string | undefined; q?: string | undefined }) => {
    const { status: wantedStatus, q } = { status, q: find, ...next }
    onChange({ ...(wantedStatus && { status: wantedStatus }), ...(q && { q }) })
  }
  return (
    <div className="flex min-w-0 items-center gap-2 max-rail:w-full">
      <label htmlFor={`${id}-status`} className="sr-only">
        {text.runs.filter}
      </label>
      <select
        id={`${id}-status`}
        value={status ?? ''}
        onChange={(event) => change({ status: event.target.value || undefined })}
        className="h-8 rounded-md border border-muted/70 bg-panel px-2 text-13"
      >
        <option value="">{text.runs.all}</option>
        {STATUSES.map((name) => (
          <option key={name} value={name}>
            {text.status[name]}
          </option>
        ))}
      </select>
      <span className="relative min-w-0 flex-1">
        <Search size={14} aria-hidden="true" className="absolute top-2.5 left-2 text-muted" />
        <input
          type="search"
          aria-label={text.runs.search}
          placeholder={text.runs.search}
          value={find ?? ''}
          onChange={(event) => change({ q: event.target.value || undefined })}
          className="h-8 w-full min-w-40 rounded-md border border-muted/70 bg-panel pr-2 pl-7 text-13 placeholder:text-muted"
        />
      </span>
    </div>
  )
}
