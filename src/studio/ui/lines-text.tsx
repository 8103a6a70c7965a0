import { useState } from 'react'
import { text } from '../text.ts'
import { CopyButton } from './copy-button.tsx'
import { DataText } from './data-text.tsx'

/** More lines than this are shown when asked for. */
const FOLD_LINES = 24
/** And never more than this: a page must stay usable. The whole text is on the clipboard. */
const MAX_LINES = 2_000
const MAX_INDENT = 40

/** A text of many lines from a model, a tool or a person: as text, its lines kept, unseen characters written out. */
export function LinesText({ value, what }: { value: string; what: string }) {
  const [isOpen, setOpen] = useState(false)
  const lines = value.split(/\r\n|\n/)
  const shown = lines.slice(0, isOpen ? MAX_LINES : FOLD_LINES)
  return (
    <div className="rounded-md border border-line bg-bg">
      <div className="flex items-start gap-1">
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
        <div tabIndex={0} className="max-h-96 min-w-0 flex-1 overflow-auto p-3 text-13">
          {shown.map((line, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: the lines of one text never move
            <Line key={index} line={line} />
          ))}
        </div>
        <div className="p-1.5">
          <CopyButton value={value} what={what} />
        </div>
      </div>
      {lines.length > FOLD_LINES && (
        <button
          type="button"
          onClick={() => setOpen(!isOpen)}
          className="px-3 pb-2 text-12 text-accent underline underline-offset-2"
        >
          {isOpen ? text.common.showLess : text.common.showLines(lines.length)}
        </button>
      )}
    </div>
  )
}

/** The blanks that a line begins with are its indent; those it ends with would not be seen. */
function Line({ line }: { line: string }) {
  const content = line.replace(/^[ \t]+/, '')
  const indent = Math.min(line.length - content.length, MAX_INDENT)
  return (
    <div style={{ paddingInlineStart: `${indent}ch` }} className="min-h-5">
      <DataText value={content} plain fold={1_200} />
    </div>
  )
}
