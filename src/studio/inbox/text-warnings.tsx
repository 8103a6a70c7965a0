import { EyeOff, Languages } from 'lucide-react'
import { text } from '../text.ts'
import { Note } from '../ui/note.tsx'
import { type MixedLetter, sayCodePoint } from '../ui/reveal-text.ts'
import type { TextFindings } from './describe-payload.ts'

/** Says where a text may read differently than it is. */
export function TextWarnings({ findings: { hides, mixed } }: { findings: TextFindings }) {
  if (!hides && !mixed) return null
  return (
    <div className="mb-4 space-y-2">
      {hides && (
        <Note tone="stop" icon={EyeOff}>
          {text.card.hidden}
        </Note>
      )}
      {mixed && (
        <Note tone="stop" icon={Languages}>
          {text.card.mixed(mixed.word.slice(0, 60), mixed.letters.map(sayLetter).join(', '))}
        </Note>
      )}
    </div>
  )
}

function sayLetter({ letter, script }: MixedLetter): string {
  return text.card.letter(letter, sayCodePoint(letter.codePointAt(0)!), script)
}
