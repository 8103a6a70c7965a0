import { text } from '../text.ts'
import { DataText } from './data-text.tsx'
import { FoldedLines } from './folded-lines.tsx'

const FOLD_LINES = 200

/** JSON as it is, unseen characters written out. Line breaks here are structure: those inside a text are escaped. */
export function JsonText({ value }: { value: unknown }) {
  const json = JSON.stringify(value, null, 2) ?? 'null'
  return (
    <FoldedLines
      lines={json.split('\n')}
      fold={FOLD_LINES}
      whole={json}
      what={text.card.asJson}
      renderLine={(line) => <JsonLine line={line} />}
    />
  )
}

/** The indent is ours and stays blank; what follows it may be anybody's. */
function JsonLine({ line }: { line: string }) {
  const content = line.trimStart()
  return (
    <div style={{ paddingInlineStart: `${line.length - content.length}ch` }} className="data">
      <DataText value={content} fold={600} />
    </div>
  )
}
