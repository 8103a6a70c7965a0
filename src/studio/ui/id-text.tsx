import { CopyButton } from './copy-button.tsx'
import { Revealed } from './data-text.tsx'
import { revealAsString } from './reveal-text.ts'

const HEAD = 10
const TAIL = 6

/** An id or a hash by its head and tail; whole in the title and on the clipboard. */
export function IdText({ id, copy }: { id: string; copy?: string }) {
  return (
    <span className="inline-flex max-w-full items-center gap-1 align-bottom">
      <bdi className="data truncate" title={revealAsString(id.slice(0, 500))}>
        {id.length <= HEAD + TAIL + 6 ? (
          <Revealed value={id} />
        ) : (
          <>
            <Revealed value={id.slice(0, HEAD)} />…<Revealed value={id.slice(-TAIL)} />
          </>
        )}
      </bdi>
      {copy !== undefined && <CopyButton value={id} what={copy} />}
    </span>
  )
}
