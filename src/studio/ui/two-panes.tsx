import type { ReactNode } from 'react'
import { TWO_PANES, useMediaQuery } from './use-media-query.ts'

type TwoPanesProps = {
  list: ReactNode
  /** Null while nothing is chosen. */
  detail: ReactNode
  /** Stands in place of a detail. */
  choose: string
}

/** A list and what is chosen from it beside it; on a small screen one or the other. */
export function TwoPanes({ list, detail, choose }: TwoPanesProps) {
  const isWide = useMediaQuery(TWO_PANES)
  if (!isWide)
    return detail === null ? <div className="flex h-full flex-col">{list}</div> : <Detail>{detail}</Detail>
  return (
    <div className="grid h-full grid-cols-[minmax(22rem,3fr)_minmax(0,2fr)]">
      <div className="flex min-h-0 flex-col border-r border-line">{list}</div>
      <Detail>{detail ?? <p className="text-muted">{choose}</p>}</Detail>
    </div>
  )
}

function Detail({ children }: { children: ReactNode }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <div tabIndex={0} className="h-full min-h-0 overflow-y-auto bg-panel px-4 pt-4 pb-8 panes:px-6">
      {children}
    </div>
  )
}
