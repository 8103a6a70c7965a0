import { DataText } from './data-text.tsx'
import { FoldedLines } from './folded-lines.tsx'

const FOLD_LINES = 24
const MAX_INDENT = 40

/** A text of many lines from a model, a tool or a person: as text, its lines kept, unseen characters written out. */
export function LinesText({ value, what }: { value: string; what: string }) {
  return (
    <FoldedLines
      lines={value.split(/\r\n|\n/)}
      fold={FOLD_LINES}
      whole={value}
      what={what}
      renderLine={(line) => <Line line={line} />}
    />
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
