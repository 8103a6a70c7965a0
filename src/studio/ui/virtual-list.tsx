import { useVirtualizer } from '@tanstack/react-virtual'
import { type ReactNode, useEffect, useRef } from 'react'
import { useMediaQuery } from './use-media-query.ts'

type VirtualListProps<T> = {
  items: T[]
  keyOf: (item: T) => string
  renderItem: (item: T) => ReactNode
  label: string
  /** Kept in sight. */
  currentIndex?: number
  /** Scrolls away with the rows. */
  before?: ReactNode
  after?: ReactNode
  className?: string
}

const ROW = 36
/** Fingers need more. */
const TOUCH_ROW = 48

/** A list of any length of which only the rows in sight are in the page. */
export function VirtualList<T>(props: VirtualListProps<T>) {
  const { items, keyOf, renderItem, label, currentIndex = -1, before, after, className = '' } = props
  const rowHeight = useMediaQuery('(pointer: coarse)') ? TOUCH_ROW : ROW
  const scroller = useRef<HTMLDivElement>(null)
  const list = useRef<HTMLUListElement>(null)
  const virtualizer = useVirtualizer({
    count: items.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    getItemKey: (index) => keyOf(items[index]!),
    overscan: 8,
    scrollMargin: list.current?.offsetTop ?? 0,
    useFlushSync: false,
  })
  useEffect(() => {
    if (currentIndex >= 0) virtualizer.scrollToIndex(currentIndex, { align: 'auto' })
  }, [currentIndex, virtualizer])
  // biome-ignore lint/correctness/useExhaustiveDependencies: measured anew when the height of a row changes
  useEffect(() => virtualizer.measure(), [rowHeight, virtualizer])
  return (
    <div ref={scroller} className={`relative overflow-y-auto overscroll-contain ${className}`}>
      {before}
      <ul ref={list} aria-label={label} className="relative" style={{ height: virtualizer.getTotalSize() }}>
        {virtualizer.getVirtualItems().map((row) => (
          <li
            key={row.key}
            aria-setsize={items.length}
            aria-posinset={row.index + 1}
            className="absolute inset-x-0 top-0"
            style={{
              height: rowHeight,
              transform: `translateY(${row.start - virtualizer.options.scrollMargin}px)`,
            }}
          >
            {renderItem(items[row.index]!)}
          </li>
        ))}
      </ul>
      {after}
    </div>
  )
}
