import { useId } from 'react'
import type { Run } from '../../engine/runs/schema.ts'
import { text } from '../text.ts'

type ModeChoiceProps = { mode: Run['mode']; onChange: (mode: Run['mode']) => void }

/** How far a run may go by itself, each way with what it means. */
export function ModeChoice({ mode, onChange }: ModeChoiceProps) {
  const id = useId()
  return (
    <fieldset className="space-y-2">
      <legend className="mb-2 text-13 font-semibold">{text.start.mode}</legend>
      {(['draft', 'auto'] as const).map((name) => (
        <label
          key={name}
          className="flex cursor-pointer items-start gap-3 rounded-md border border-line p-3 has-checked:border-accent"
        >
          <input
            type="radio"
            name={id}
            value={name}
            checked={mode === name}
            onChange={() => onChange(name)}
            aria-describedby={`${id}-${name}`}
            className="mt-0.5 size-4 accent-accent"
          />
          <span>
            <span className="block text-14 font-medium">{text.mode[name]}</span>
            <span id={`${id}-${name}`} className="block text-13 text-muted">
              {text.start.modeSays[name]}
            </span>
          </span>
        </label>
      ))}
    </fieldset>
  )
}
