import { ArrowLeft, Search } from 'lucide-react'
import type { ReactNode } from 'react'
import { text } from '../text.ts'
import { ErrorNote } from '../ui/error-note.tsx'
import { SkeletonCard, SkeletonRows } from '../ui/skeleton.tsx'
import { TWO_PANES, useMediaQuery } from '../ui/use-media-query.ts'
import { VirtualList } from '../ui/virtual-list.tsx'

type RegistryFrameProps<T> = {
  words: { title: string; list: string; find: string; choose: string; none: string }
  count: string
  items: T[]
  keyOf: (item: T) => string
  /** The one that is open, by key. */
  currentKey: string | undefined
  find: string | undefined
  onFind: (find: string | undefined) => void
  query: { isPending: boolean; isError: boolean; error: unknown; data: unknown; refetch: () => unknown }
  head: ReactNode
  renderRow: (item: T, isCurrent: boolean) => ReactNode
  detail: ReactNode
  /** Further choices in the head. */
  filter?: ReactNode
  /** What can be added to the list. */
  action?: ReactNode
  /** Stands there while there is nothing at all to look through. */
  empty?: ReactNode
}

/** A list to look things up in, and what is chosen from it beside it; on a small screen one or the other. */
export function RegistryFrame<T>(props: RegistryFrameProps<T>) {
  const isWide = useMediaQuery(TWO_PANES)
  const { currentKey, detail, words } = props
  if (!isWide) {
    return currentKey === undefined ? (
      <RegistryList {...props} />
    ) : (
      <div className="h-full overflow-y-auto bg-panel">{detail}</div>
    )
  }
  return (
    <div className="grid h-full grid-cols-[minmax(22rem,2fr)_minmax(0,3fr)]">
      <div className="min-h-0 border-r border-line">
        <RegistryList {...props} />
      </div>
      <div className="min-h-0 overflow-y-auto bg-panel">
        {currentKey === undefined ? <p className="p-6 text-muted">{words.choose}</p> : detail}
      </div>
    </div>
  )
}

function RegistryList<T>(props: RegistryFrameProps<T>) {
  const { words, count, items, keyOf, currentKey, find, onFind, query, head, renderRow } = props
  const { filter, action, empty } = props
  return (
    <div className="flex h-full flex-col">
      <header className="flex min-h-12 shrink-0 flex-wrap items-center gap-x-4 gap-y-2 border-b border-line px-4 py-1.5">
        <h1 className="text-16 font-semibold">{words.title}</h1>
        {query.data !== undefined && <span className="order-1 text-13 text-muted">{count}</span>}
        {action && <span className="order-1 ml-auto">{action}</span>}
        <span className={`flex gap-2 ${action || filter ? 'order-2 basis-full' : 'min-w-32 flex-1'}`}>
          <span className="relative min-w-0 flex-1">
            <Search size={14} aria-hidden="true" className="absolute top-2.5 left-2 text-muted" />
            <input
              type="search"
              aria-label={words.find}
              placeholder={words.find}
              value={find ?? ''}
              onChange={(event) => onFind(event.target.value || undefined)}
              className="h-8 w-full rounded-md border border-muted/70 bg-panel pr-2 pl-7 text-13 placeholder:text-muted"
            />
          </span>
          {filter}
        </span>
      </header>
      {query.isError && (
        <div className="shrink-0 p-4">
          <ErrorNote error={query.error} onRetry={() => void query.refetch()}>
            {query.data !== undefined && <p>{text.errors.stale}</p>}
          </ErrorNote>
        </div>
      )}
      {query.isPending && <SkeletonRows />}
      {query.data !== undefined &&
        items.length === 0 &&
        (empty ?? <p className="p-4 text-muted">{words.none}</p>)}
      {items.length > 0 && (
        <VirtualList
          items={items}
          keyOf={keyOf}
          head={head}
          label={words.list}
          currentIndex={items.findIndex((item) => keyOf(item) === currentKey)}
          className="min-h-0 flex-1"
          renderItem={(item) => renderRow(item, keyOf(item) === currentKey)}
        />
      )}
    </div>
  )
}

/** Where the detail is a page of its own: the name of the page, and the way back, which is one link. */
export function BackLine({ title, children }: { title: string; children: ReactNode }) {
  return (
    <div className="mb-3 flex items-center gap-1 text-13 text-accent panes:hidden">
      <h1 className="sr-only">{title}</h1>
      <ArrowLeft size={14} aria-hidden="true" />
      {children}
    </div>
  )
}

type ChosenProps<T> = {
  words: { title: string; gone: string }
  /** The link to the list. */
  back: ReactNode
  query: { isPending: boolean; data: unknown }
  chosen: T | undefined
  children: (chosen: T) => ReactNode
}

/** What is chosen from a list: not read yet, gone, or there. */
export function Chosen<T>({ words, back, query, chosen, children }: ChosenProps<T>) {
  return (
    <div className="max-w-200 px-4 pt-4 pb-8 panes:px-6">
      <BackLine title={words.title}>{back}</BackLine>
      {query.isPending && <SkeletonCard />}
      {query.data !== undefined && (chosen ? children(chosen) : <p>{words.gone}</p>)}
    </div>
  )
}

/** Whether any of the texts holds what was typed. */
export function matches(find: string | undefined, texts: (string | null)[]): boolean {
  const wanted = find?.trim().toLowerCase() ?? ''
  return wanted === '' || texts.some((each) => each?.toLowerCase().includes(wanted))
}
