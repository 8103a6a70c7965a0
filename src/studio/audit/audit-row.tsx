import { Link } from '@tanstack/react-router'
import type { AuditLog } from '../../ops/audit/schema.ts'
import { text } from '../text.ts'
import { DataLine } from '../ui/data-text.tsx'
import { IdText } from '../ui/id-text.tsx'
import { RelativeTime } from '../ui/relative-time.tsx'
import { ROW_LOOK } from '../ui/row-look.ts'
import type { AuditSearch } from './audit-search.ts'
import { nameOf, type People } from './use-people.ts'

const GRID =
  'grid items-center content-center gap-x-3 px-4 grid-cols-[minmax(0,1fr)_6.5rem_minmax(0,2fr)_5.5rem] @max-lg:grid-cols-[minmax(0,1fr)_auto]'

type RowProps = { log: AuditLog; people: People; search: AuditSearch; isCurrent: boolean }

export function AuditRow({ log, people, search, isCurrent }: RowProps) {
  const { id, actor, user_id, action, resource_type, resource_id, created_at } = log
  return (
    <Link
      to="/audit"
      search={{ ...search, entry: id }}
      replace={search.entry !== undefined}
      data-current={isCurrent}
      aria-current={isCurrent ? 'true' : undefined}
      activeOptions={{ exact: true, includeSearch: true }}
      className={`${GRID} ${ROW_LOOK}`}
    >
      <Who actor={actor} owner={user_id} people={people} />
      <span className={`text-13 @max-lg:text-right ${TONES[action] ?? ''}`}>{text.audit.did[action]}</span>
      <span className="truncate text-13 text-muted">
        <DataLine value={resource_type} /> {resource_id !== null && <IdText id={resource_id} />}
      </span>
      <span className="text-right text-13 text-muted">
        <RelativeTime iso={created_at} form="age" />
      </span>
    </Link>
  )
}

/** Beside its word, what somebody should see who skims. */
const TONES: Partial<Record<AuditLog['action'], string>> = {
  policy_deny: 'text-stop',
  failed_login: 'text-stop',
  reject: 'text-stop',
}

/** A person by name; what a key did by the key, whose owner the detail names. */
function Who({ actor, owner, people }: { actor: string; owner: string | null; people: People }) {
  const name = nameOf(people, actor.startsWith('key:') ? actor : (owner ?? actor))
  return (
    <span className="truncate">
      {people.size > 0 && !name.includes(':') ? <DataLine value={name} /> : <IdText id={name} />}
    </span>
  )
}

export function AuditColumns() {
  const { columns } = text.audit
  return (
    <div className={GRID}>
      <span>{columns.who}</span>
      <span>{columns.did}</span>
      <span>{columns.what}</span>
      <span className="text-right">{columns.when}</span>
    </div>
  )
}
