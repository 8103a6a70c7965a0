import { X } from 'lucide-react'
import { type ReactNode, useEffect, useId, useRef } from 'react'
import { text } from '../text.ts'

type DialogProps = { isOpen: boolean; onClose: () => void; title: string; children: ReactNode }

/** The browser's own modal dialog: it keeps the focus in, gives it back, and closes with Escape. */
export function Dialog({ isOpen, onClose, title, children }: DialogProps) {
  const element = useRef<HTMLDialogElement>(null)
  const titleId = useId()
  useEffect(() => {
    const dialog = element.current
    if (isOpen && !dialog?.open) dialog?.showModal()
    if (!isOpen && dialog?.open) dialog.close()
  }, [isOpen])
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: a click beside it closes it, as Escape does by itself
    <dialog
      ref={element}
      aria-labelledby={titleId}
      onClose={onClose}
      onClick={(event) => event.target === event.currentTarget && onClose()}
      className="m-auto max-h-[90dvh] w-[min(44rem,calc(100vw-2rem))] rounded-md border border-line bg-panel p-0 text-text shadow-panel"
    >
      {isOpen && (
        <div className="p-4">
          <header className="mb-3 flex items-center justify-between gap-4">
            <h2 id={titleId} className="text-16 font-semibold">
              {title}
            </h2>
            <button
              type="button"
              onClick={onClose}
              aria-label={text.common.close}
              className="-m-1 inline-flex size-8 items-center justify-center rounded-md text-muted hover:text-text"
            >
              <X size={16} aria-hidden="true" />
            </button>
          </header>
          {children}
        </div>
      )}
    </dialog>
  )
}
