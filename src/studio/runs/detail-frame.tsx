import { ArrowLeft, X } from 'lucide-react'
import type { ReactNode } from 'react'

type DetailFrameProps = {
  label: string
  back?: { label: string; onBack: () => void } | undefined
  children: ReactNode
}

/** What is chosen from a run, and the way back from it: beside the list a cross, on a page of its own an arrow. */
export function DetailFrame({ label, back, children }: DetailFrameProps) {
  return (
    <section aria-label={label} className="h-full overflow-y-auto">
      <div className="relative max-w-200 px-4 pt-4 pb-8 panes:px-6">
        {back && (
          <>
            <button
              type="button"
              onClick={back.onBack}
              className="mb-3 inline-flex items-center gap-1 text-13 text-accent panes:hidden"
            >
              <ArrowLeft size={14} aria-hidden="true" />
              {back.label}
            </button>
            <button
              type="button"
              onClick={back.onBack}
              aria-label={back.label}
              title={back.label}
              className="absolute top-2 right-4 hidden size-8 items-center justify-center rounded-md text-muted hover:text-text panes:inline-flex"
            >
              <X size={16} aria-hidden="true" />
            </button>
          </>
        )}
        {children}
      </div>
    </section>
  )
}
