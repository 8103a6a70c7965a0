import { Clock } from 'lucide-react'
import { useMemo } from 'react'
import { text } from '../text.ts'
import { DataLine } from '../ui/data-text.tsx'
import { formatAbsolute, formatClock, formatDay, zoneName } from '../ui/format-time.ts'
import { TONE_TEXT } from '../ui/note.tsx'
import { ROW_LOOK } from '../ui/row-look.ts'
import { VirtualList } from '../ui/virtual-list.tsx'
import { lookOf } from './kind-look.ts'
import type { TimelineItem } from './timeline-item.ts'

type RunTimelineProps = {
  items: TimelineItem[]
  selected: TimelineItem | undefined
  onSelect: (eventId: string) => void
}

export function RunTimeline({ items, selected, onSelect }: RunTimelineProps) {
  const selectedIndex = selected ? items.indexOf(selected) : -1
  const spansDays = useMemo(() => {
    const first = items[0]
    const last = items.at(-1)
    return first !== undefined && last !== undefined && formatDay(first.time) !== formatDay(last.time)
  }, [items])
  return (
    <div className="flex h-full flex-col">
      <div className="flex h-7 shrink-0 items-center gap-3 border-b border-line px-4 text-12 text-muted">
        <h2 className="font-medium">{text.run.journal}</h2>
        <span>{text.runs.events(items.length)}</span>
        <span className="ml-auto">
          {!spansDays && `${formatDay(items[0]!.time)}, `}
          {text.run.zone(zoneName(items[0]!.time))}
        </span>
      </div>
      <VirtualList
        items={items}
        keyOf={(item) => item.eventId}
        label={text.run.journal}
        currentIndex={selectedIndex}
        className="min-h-0 flex-1"
        renderItem={(item) => (
          <TimelineRow
            item={item}
            isSelected={item === selected}
            showsDay={spansDays}
            onSelect={() => onSelect(item.eventId)}
          />
        )}
      />
    </div>
  )
}

type TimelineRowProps = { item: TimelineItem; isSelected: boolean; showsDay: boolean; onSelect: () => void }

function TimelineRow({ item, isSelected, showsDay, onSelect }: TimelineRowProps) {
  const { icon: Icon, tone, word } = lookOf(item)
  const isDoubt = item.kind === 'effect_in_doubt'
  return (
    <button
      type="button"
      onClick={onSelect}
      aria-current={isSelected ? 'true' : undefined}
      data-current={isSelected}
      className={`${ROW_LOOK} flex flex-wrap content-center items-center gap-x-3 px-4 ${isDoubt ? 'bg-doubt/10' : ''}`}
    >
      <time
        dateTime={item.time}
        title={formatAbsolute(item.time)}
        className="data shrink-0 text-12 text-muted"
      >
        {showsDay && <span>{formatDay(item.time).slice(5)} </span>}
        {formatClock(item.time)}
      </time>
      <span
        className={`flex shrink-0 items-center gap-1.5 text-13 @max-lg:flex-1 @2xl:w-40 ${TONE_TEXT[tone]}`}
      >
        <Icon size={15} aria-hidden="true" className="shrink-0" />
        <span className="@min-lg:@max-2xl:sr-only">{word}</span>
      </span>
      <span className="min-w-0 flex-1 truncate @max-lg:order-last @max-lg:basis-full">
        <DataLine value={item.title} />{' '}
        <span className="text-13 text-muted">
          <DataLine value={item.details} />
        </span>
      </span>
      {item.isLate && (
        <span className="inline-flex shrink-0 items-center gap-1 text-12 text-wait" title={text.run.lateHint}>
          <Clock size={13} aria-hidden="true" />
          {text.run.late}
        </span>
      )}
    </button>
  )
}
