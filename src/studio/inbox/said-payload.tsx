import { Revealed } from '../ui/data-text.tsx'
import { Fill } from '../ui/fill.tsx'
import { cutText } from '../ui/reveal-text.ts'
import type { Described } from './describe-payload.ts'

const MOST_IN_A_LINE = 40

export function SaidPayload({ said, form = 'sentence' }: { said: Described; form?: 'sentence' | 'row' }) {
  const slots = Object.entries(said.slots).map(([name, value]) => [
    name,
    <Slot key={name} name={name} value={value} longest={said.longest} />,
  ])
  return <Fill sentence={said[form]} {...Object.fromEntries(slots)} />
}

function Slot({ name, value, longest }: { name: string; value: string; longest: number }) {
  return (
    <bdi className={name === 'amount' && value.length < MOST_IN_A_LINE ? 'whitespace-nowrap' : ''}>
      <Revealed value={cutText(value, longest)} />
      {value.length > longest && '…'}
    </bdi>
  )
}
