import type { ApiKey } from '../../identity/schema.ts'
import { text } from '../text.ts'
import { DataLine } from '../ui/data-text.tsx'
import { RelativeTime } from '../ui/relative-time.tsx'
import { KeyStateMark, stateOfKey } from './key-state.tsx'

export const KEY_GRID =
  'grid items-center content-center gap-x-3 px-4 grid-cols-[minmax(0,1fr)_6rem_7rem] @max-lg:grid-cols-[minmax(0,1fr)_auto]'

/** The cells of a key in a list. `about` stands below or beside its name. */
export function KeyCells({ apiKey, about }: { apiKey: ApiKey; about: string }) {
  return (
    <>
      <span className="flex min-w-0 items-baseline gap-3">
        <span className="truncate">
          <DataLine value={apiKey.name} />
        </span>
        <span className="truncate text-12 text-muted @max-lg:hidden">
          <DataLine value={about} plain={false} />
        </span>
      </span>
      <span className="text-13">
        <KeyStateMark state={stateOfKey(apiKey)} />
      </span>
      <span className="text-right text-13 text-muted @max-lg:col-span-2 @max-lg:text-left">
        {apiKey.last_used_at ? <RelativeTime iso={apiKey.last_used_at} /> : text.keys.neverUsed}
      </span>
    </>
  )
}

export function KeyColumns() {
  const { columns } = text.keys
  return (
    <div className={KEY_GRID}>
      <span>{columns.name}</span>
      <span>{columns.state}</span>
      <span className="text-right">{columns.used}</span>
    </div>
  )
}
