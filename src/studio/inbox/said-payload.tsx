import { Revealed } from '../ui/data-text.tsx'
import { Fill } from '../ui/fill.tsx'
import { cutText } from '../ui/reveal-text.ts'
import type { Described } from './describe-payload.ts'

/** Longer than this, a name is cut in a sentence; it stands whole in the table below. */
const MAX_IN_SENTENCE = 80

export function SaidPayload({ said, form = 'sentence' }: { said: Described; form?: 'sentence' | 'row' }) {
  const slots = Object.entries(said.slots).map(([name, value]) => [
    name,
    <Slot key={name} name={name} value={value} />,
  ])
  return <Fill sentence={said[form]} {...Object.fromEntries(slots)} />
}

function Slot({ name, value }: { name: string; value: string }) {
  return (
    <bdi className={name === 'amount' && value.length < MAX_IN_SENTENCE / 2 ? 'whitespace-nowrap' : ''}>
      <Revealed value={cutText(value, MAX_IN_SENTENCE)} />
      {value.length > MAX_IN_SENTENCE && '…'}
    </bdi>
  )
}
