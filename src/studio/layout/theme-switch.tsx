import { Monitor, Moon, Sun } from 'lucide-react'
import { text } from '../text.ts'
import { useStored } from '../ui/use-stored.ts'

const THEMES = [
  { name: 'system', icon: Monitor },
  { name: 'light', icon: Sun },
  { name: 'dark', icon: Moon },
] as const

/** `theme.js` reads the same key before the first paint. */
const THEME_KEY = 'countersign.theme'

export function ThemeSwitch() {
  const [stored, store] = useStored(THEME_KEY)
  const current = stored === 'light' || stored === 'dark' ? stored : 'system'
  const choose = (name: (typeof THEMES)[number]['name']) => {
    const { dataset } = document.documentElement
    if (name === 'system') delete dataset.theme
    else dataset.theme = name
    store(name === 'system' ? null : name)
  }
  return (
    <fieldset className="flex rounded-md border border-line">
      <legend className="sr-only">{text.theme.label}</legend>
      {THEMES.map(({ name, icon: Icon }) => (
        <label
          key={name}
          title={text.theme[name]}
          className="flex size-7 cursor-pointer items-center justify-center rounded-md text-muted hover:text-text has-checked:bg-panel has-checked:text-text has-focus-visible:outline-2 has-focus-visible:outline-accent"
        >
          <input
            type="radio"
            name="theme"
            className="sr-only"
            checked={current === name}
            onChange={() => choose(name)}
          />
          <Icon size={15} aria-hidden="true" />
          <span className="sr-only">{text.theme[name]}</span>
        </label>
      ))}
    </fieldset>
  )
}
