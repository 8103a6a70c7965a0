import type { ApiKey } from '../../identity/schema.ts'
import { text } from '../text.ts'
import { DataLine } from '../ui/data-text.tsx'
import { RelativeTime } from '../ui/relative-time.tsx'
import { KeyStateMark, stateOfKey } from './key-state.tsx'

export const KEY_GRID =
  'grid items-center content-center gap-x-3 px-4 grid-cols-[minmax(0,2fr)_minmax(0,1fr)_6rem_7rem] @max-lg:grid-cols-[minmax(0,1fr)_auto]'

/** The cells of a key in a list. `about`: what tells it from others, or whose it is. */
export function KeyCells({ apiKey, about }: { apiKey: ApiKey; about: string }) {
  return (
    <>
      <span className="truncate">
        <DataLine value={apiKey.name} />
      </span>
      <span className="truncate text-13 text-muted @max-lg:order-3">
        <DataLine value={about} plain={false} />
      </span>
      <span className="text-13 @max-lg:order-2 @max-lg:justify-self-end">
        <KeyStateMark state={stateOfKey(apiKey)} />
      </span>
      <span className="text-right text-13 text-muted @max-lg:order-4">
        {apiKey.last_used_at ? <RelativeTime iso={apiKey.last_used_at} /> : text.keys.neverUsed}
      </span>
    </>
  )
}

/** `about`: the name of that column. */
export function KeyColumns({ about }: { about: string }) {
  const { columns } = text.keys
  return (
    <div className={KEY_GRID}>
      <span>{columns.name}</span>
      <span>{about}</span>
      <span>{columns.state}</span>
      <span className="text-right">{columns.used}</span>
    </div>
  )
}
