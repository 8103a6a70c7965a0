import { useVirtualizer } from '@tanstack/react-virtual'
import { type ReactNode, type RefObject, useEffect, useLayoutEffect, useRef, useState } from 'react'
import { useMediaQuery } from './use-media-query.ts'

type VirtualListProps<T> = {
  items: T[]
  keyOf: (item: T) => string
  renderItem: (item: T) => ReactNode
  label: string
  /** Kept in sight. */
  currentIndex?: number
  /** Names of the columns, in the cells of the rows' grid; left out where a row has two lines. */
  head?: ReactNode
  /** Below the last row. */
  after?: ReactNode
  className?: string
}

const ROW = 36
/** Two lines, where the list is narrow; the rows say `@max-lg` for it. */
const NARROW_ROW = 56
/** Fingers need more. */
const TOUCH_ROW = 48
const NARROW_BELOW = 512
const HEAD = 28

/** A list of any length of which only the rows in sight are in the page. */
export function VirtualList<T>(props: VirtualListProps<T>) {
  const { items, keyOf, renderItem, label, currentIndex = -1, head, after, className = '' } = props
  const scroller = useRef<HTMLDivElement>(null)
  const isNarrow = useIsNarrow(scroller)
  const isTouch = useMediaQuery('(pointer: coarse)')
  const rowHeight = isNarrow ? NARROW_ROW : isTouch ? TOUCH_ROW : ROW
  const list = useRef<HTMLUListElement>(null)
  const virtualizer = useVirtualizer({
    count: items.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    getItemKey: (index) => keyOf(items[index]!),
    overscan: 8,
    scrollMargin: list.current?.offsetTop ?? 0,
    scrollPaddingStart: head && !isNarrow ? HEAD : 0,
    useFlushSync: false,
  })
  useEffect(() => {
    if (currentIndex >= 0) virtualizer.scrollToIndex(currentIndex, { align: 'auto' })
  }, [currentIndex, virtualizer])
  // biome-ignore lint/correctness/useExhaustiveDependencies: measured anew when the height of a row changes
  useEffect(() => virtualizer.measure(), [rowHeight, virtualizer])
  return (
    <div ref={scroller} className={`@container relative overflow-y-auto overscroll-contain ${className}`}>
      {head && (
        <div
          aria-hidden="true"
          className="sticky top-0 z-10 flex h-7 items-stretch border-b border-line bg-bg text-12 text-muted *:flex-1 @max-lg:hidden"
        >
          {head}
        </div>
      )}
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

function useIsNarrow(element: RefObject<HTMLElement | null>): boolean {
  const [isNarrow, setNarrow] = useState(false)
  useLayoutEffect(() => {
    const target = element.current
    if (!target) return
    const observer = new ResizeObserver(() => setNarrow(target.clientWidth < NARROW_BELOW))
    observer.observe(target)
    setNarrow(target.clientWidth < NARROW_BELOW)
    return () => observer.disconnect()
  }, [element])
  return isNarrow
}
