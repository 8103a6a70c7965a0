import { type ReactNode, useState } from 'react'

/** Terms and values set like a receipt: one line each, a hairline between. */
export function Facts({ children }: { children: ReactNode }) {
  return <dl className="divide-y divide-line text-14">{children}</dl>
}

export function Fact({ term, children }: { term: ReactNode; children: ReactNode }) {
  return (
    <div className="grid min-h-9 grid-cols-[minmax(7rem,2fr)_minmax(0,3fr)] rail:grid-cols-[minmax(8rem,1fr)_minmax(0,2.6fr)] items-center gap-x-3 py-1">
      <dt className="min-w-0 text-13 text-muted">{term}</dt>
      <dd className="min-w-0">{children}</dd>
    </div>
  )
}

/** A titled part of a card, or with level 2 of a page. */
export function Section({
  title,
  level = 3,
  children,
}: {
  title: string
  level?: 2 | 3
  children: ReactNode
}) {
  const Title = `h${level}` as const
  return (
    <section className="border-t border-line py-4">
      <Title className="mb-2 text-13 font-semibold">{title}</Title>
      {children}
    </section>
  )
}

type FoldProps = {
  summary: ReactNode
  /** Something in it must be seen. */
  isForced?: boolean
  children: ReactNode
}

/** What few need at once, folded; made only when it is opened, since it may be large. */
export function Fold({ summary, isForced = false, children }: FoldProps) {
  const [wasOpened, setOpen] = useState(false)
  const isOpen = wasOpened || isForced
  return (
    <details className="mt-2" open={isOpen} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary className="inline-flex min-h-6 list-none items-center gap-1 text-13 text-muted before:content-['▸'] [[open]>&]:before:content-['▾'] hover:text-text">
        {summary}
      </summary>
      {isOpen && <div className="mt-2">{children}</div>}
    </details>
  )
}
