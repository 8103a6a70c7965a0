import { type ReactNode, useState } from 'react'
import { text } from '../text.ts'
import { CopyButton } from './copy-button.tsx'

/** Never more than this: a page must stay usable. The whole text is on the clipboard. */
const MAX_LINES = 2_000

type FoldedLinesProps = {
  lines: string[]
  /** More lines than this are shown when asked for. */
  fold: number
  /** What is copied, and its name. */
  whole: string
  what: string
  renderLine: (line: string) => ReactNode
}

/** Lines in a box that scrolls, with the text they are of to copy. */
export function FoldedLines({ lines, fold, whole, what, renderLine }: FoldedLinesProps) {
  const [isOpen, setOpen] = useState(false)
  const shown = lines.slice(0, isOpen ? MAX_LINES : fold)
  return (
    <div className="rounded-md border border-line bg-bg">
      <div className="flex items-start gap-1">
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
        <div tabIndex={0} className="max-h-96 min-w-0 flex-1 overflow-auto p-3 text-13">
          {shown.map((line, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: the lines of one text never move
            <div key={index}>{renderLine(line)}</div>
          ))}
        </div>
        <div className="p-1.5">
          <CopyButton value={whole} what={what} />
        </div>
      </div>
      {lines.length > fold && (
        <p className="px-3 pb-2 text-12 text-muted">
          {isOpen && lines.length > MAX_LINES && `${text.common.linesLeft(lines.length - MAX_LINES)} `}
          <button
            type="button"
            onClick={() => setOpen(!isOpen)}
            className="text-accent underline underline-offset-2"
          >
            {isOpen ? text.common.showLess : text.common.showLines(lines.length)}
          </button>
        </p>
      )}
    </div>
  )
}
