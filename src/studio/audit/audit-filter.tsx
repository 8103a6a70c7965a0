import { useNavigate, useSearch } from '@tanstack/react-router'
import { SlidersHorizontal } from 'lucide-react'
import { useId, useState } from 'react'
import { text } from '../text.ts'
import { Button } from '../ui/button.tsx'
import { FilterSelect } from '../ui/select-field.tsx'
import { AUDIT_FILTERS, type AuditFilterName } from './audit-search.ts'
import type { People } from './use-people.ts'

const words = text.audit
const BOX = 'h-8 min-w-0 rounded-md border border-muted/70 bg-panel px-2 text-13 placeholder:text-muted'

/** What is looked for, all of it in the address. On a phone behind a button, as six fields are a screen of their own. */
export function AuditFilter({ people }: { people: People }) {
  const { entry: _entry, ...search } = useSearch({ from: '/frame/audit' })
  const navigate = useNavigate()
  const id = useId()
  const [isOpen, setOpen] = useState(false)
  const set = (name: AuditFilterName, value: string) => {
    const { [name]: _former, ...others } = search
    void navigate({ to: '/audit', search: value ? { ...others, [name]: value } : others, replace: true })
  }
  const inUse = AUDIT_FILTERS.filter((name) => search[name] !== undefined).length
  const field = (name: 'type' | 'resource') => (
    <input
      type="search"
      aria-label={words[name]}
      placeholder={words[name]}
      value={search[name] ?? ''}
      onChange={(event) => set(name, event.target.value)}
      className={`${BOX} w-36 max-rail:w-full`}
    />
  )
  const day = (name: 'from' | 'until') => (
    <label className="flex items-center gap-1.5 text-13 text-muted" title={words.utc}>
      {words[name]}
      <input
        type="date"
        value={search[name] ?? ''}
        onChange={(event) => set(name, event.target.value)}
        className={`${BOX} text-text max-rail:flex-1`}
      />
    </label>
  )
  return (
    <>
      <Button
        tone="quiet"
        icon={SlidersHorizontal}
        aria-expanded={isOpen}
        aria-controls={id}
        onClick={() => setOpen(!isOpen)}
        className="-ml-3 rail:hidden"
      >
        {words.filters}
        {inUse > 0 && ` (${inUse})`}
      </Button>
      <search
        id={id}
        aria-label={words.filters}
        className={`flex flex-wrap items-center gap-2 py-1 max-rail:grid max-rail:grid-cols-2 ${isOpen ? '' : 'max-rail:hidden'}`}
      >
        <Who people={people} value={search.who ?? ''} onChange={(value) => set('who', value)} />
        <FilterSelect
          label={words.action}
          value={search.action ?? ''}
          onChange={(event) => set('action', event.target.value)}
          options={[
            { value: '', says: words.anyAction },
            ...Object.entries(words.did).map(([value, says]) => ({ value, says })),
          ]}
        />
        {field('type')}
        {field('resource')}
        {day('from')}
        {day('until')}
      </search>
    </>
  )
}

type WhoProps = { people: People; value: string; onChange: (value: string) => void }

/** By name where people have one; somebody who left is still whom the address asks for. */
function Who({ people, value, onChange }: WhoProps) {
  if (people.size === 0) {
    return (
      <input
        type="search"
        aria-label={words.who}
        placeholder={words.who}
        value={value}
        onChange={(event) => onChange(event.target.value)}
        className={`${BOX} w-36 max-rail:w-full`}
      />
    )
  }
  const id = value.replace(/^user:/, '')
  const others = id === '' || people.has(id) ? [] : [{ value: id, says: id }]
  return (
    <FilterSelect
      label={words.who}
      value={id}
      onChange={(event) => onChange(event.target.value)}
      options={[
        { value: '', says: words.anyone },
        ...[...people].map(([each, name]) => ({ value: each, says: name.slice(0, 60) })),
        ...others,
      ]}
    />
  )
}
