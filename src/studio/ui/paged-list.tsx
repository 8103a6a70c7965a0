import type { InfiniteData, UseInfiniteQueryResult } from '@tanstack/react-query'
import { type ReactNode, useMemo } from 'react'
import { text } from '../text.ts'
import { Button } from './button.tsx'
import { ErrorNote } from './error-note.tsx'
import { SkeletonRows } from './skeleton.tsx'
import { VirtualList } from './virtual-list.tsx'

type PagedListProps<T> = {
  query: UseInfiniteQueryResult<InfiniteData<{ data: T[] }>>
  keyOf: (item: T) => string
  renderItem: (item: T) => ReactNode
  label: string
  head: ReactNode
  /** Stands there once it is known that there is nothing. */
  empty: ReactNode
  /** On the button that reads the next page. */
  more: string
  className?: string
}

/** A list that is read page by page: its rows, or why there are none yet. */
export function PagedList<T>(props: PagedListProps<T>) {
  const { query, keyOf, renderItem, label, head, empty, more, className = '' } = props
  const { data, isError, isPending, error, hasNextPage, isFetchingNextPage } = query
  // What began while pages were read stands on two of them.
  const items = useMemo(() => {
    const all = data?.pages.flatMap((page) => page.data) ?? []
    return [...new Map(all.map((item) => [keyOf(item), item])).values()]
  }, [data, keyOf])
  return (
    <>
      {isError && (
        <div className="shrink-0 p-4">
          <ErrorNote error={error} onRetry={() => void query.refetch()}>
            {data && <p>{text.errors.stale}</p>}
          </ErrorNote>
        </div>
      )}
      {isPending && <SkeletonRows />}
      {data && items.length === 0 && empty}
      {items.length > 0 && (
        <VirtualList
          items={items}
          keyOf={keyOf}
          head={head}
          label={label}
          className={`min-h-0 flex-1 ${className}`}
          renderItem={renderItem}
          after={
            hasNextPage && (
              <div className="p-4">
                <Button disabled={isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
                  {isFetchingNextPage ? text.common.loading : more}
                </Button>
              </div>
            )
          }
        />
      )}
    </>
  )
}

/** For what is known by its id. */
export const idOf = ({ id }: { id: string }) => id
