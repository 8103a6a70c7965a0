import type { ReactNode } from 'react'

/** The look of links among which one is the page that is open; they say so by `aria-current`. */
export const LINK_TAB =
  'inline-flex h-8 items-center border-b-2 border-transparent px-1 text-13 text-muted hover:text-text aria-[current=page]:border-accent aria-[current=page]:font-medium aria-[current=page]:text-text'

/** Views of one thing, each with its own address. */
export function LinkTabs({ label, children }: { label: string; children: ReactNode }) {
  return (
    <nav aria-label={label} className="flex shrink-0 gap-4 overflow-x-auto">
      {children}
    </nav>
  )
}
