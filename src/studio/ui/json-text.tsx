import { text } from '../text.ts'
import { CopyButton } from './copy-button.tsx'
import { DataText } from './data-text.tsx'

const FOLD = 4_000

/** JSON as it is, unseen characters written out. Line breaks here are structure: those inside a text are escaped. */
export function JsonText({ value }: { value: unknown }) {
  const json = JSON.stringify(value, null, 2)
  const lines = json.length > FOLD ? null : json.split('\n')
  return (
    <div className="flex items-start gap-1 rounded-md border border-line bg-bg">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <div tabIndex={0} className="max-h-96 min-w-0 flex-1 overflow-auto p-3 text-13">
        {lines ? (
          lines.map((line, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: the lines of one text never move
            <JsonLine key={index} line={line} />
          ))
        ) : (
          <DataText value={JSON.stringify(value)} fold={FOLD} />
        )}
      </div>
      <div className="p-1.5">
        <CopyButton value={json} what={text.card.asJson} />
      </div>
    </div>
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
