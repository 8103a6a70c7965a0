import { useState } from 'react'
import { text } from '../text.ts'
import { cutText, revealText, sayCodePoint } from './reveal-text.ts'

/** A full value is drawn piece by piece; beyond this a page would not stay usable. */
const MAX_DRAWN = 20_000

/**
 * Text from outside, as text: never markup, isolated from its surroundings, with unseen characters written out. A long
 * value is folded behind its length, so that it cannot push anything away.
 */
export function DataText({
  value,
  fold = 240,
  plain = false,
}: {
  value: string
  fold?: number
  plain?: boolean
}) {
  const [isOpen, setOpen] = useState(false)
  const isLong = value.length > fold
  const shown = isLong ? cutText(value, isOpen ? MAX_DRAWN : fold) : value
  return (
    <>
      <bdi className={`wrap-anywhere whitespace-pre-wrap ${plain ? '' : 'data'}`}>
        <Revealed value={shown} />
        {shown.length < value.length && '…'}
      </bdi>
      {isLong && (
        <>
          {' '}
          <button
            type="button"
            className="text-12 text-accent underline underline-offset-2"
            onClick={() => setOpen(!isOpen)}
          >
            {isOpen ? text.common.showLess : text.common.showAll(value.length.toLocaleString('sv-SE'))}
          </button>
        </>
      )}
    </>
  )
}

/** One line of a list: cut off where the line ends, whole in the title. */
export function DataLine({ value, plain = true }: { value: string; plain?: boolean }) {
  const shown = cutText(value, 160)
  return (
    <bdi className={plain ? '' : 'data'}>
      <Revealed value={shown} />
      {shown.length < value.length && '…'}
    </bdi>
  )
}

export function Revealed({ value }: { value: string }) {
  return revealText(value).map((piece, index) => {
    if ('text' in piece) return piece.text
    const { codePoint, count } = piece
    const point = sayCodePoint(codePoint)
    const isSpace = codePoint === 0x20
    const many = count > 1 ? text.common.unseenMany(point, count) : point
    return (
      <span
        // biome-ignore lint/suspicious/noArrayIndexKey: the pieces of one text never move
        key={index}
        className="revealed"
        title={isSpace ? text.common.spaces(count) : text.common.unseen(point)}
      >
        {isSpace ? text.common.spaces(count) : many}
      </span>
    )
  })
}
