import { text } from '../text.ts'
import { Dialog } from '../ui/dialog.tsx'
import { useShortcutSetting } from '../ui/use-shortcuts.ts'

const KEYS = [
  ['J', 'next'],
  ['K', 'previous'],
  ['E', 'open'],
  ['A', 'approve'],
  ['R', 'reject'],
  ['Esc', 'escape'],
  ['?', 'help'],
] as const

export default function ShortcutHelp({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) {
  const [isOn, setOn] = useShortcutSetting()
  return (
    <Dialog isOpen={isOpen} onClose={onClose} title={text.shortcuts.title}>
      <dl className="divide-y divide-line">
        {KEYS.map(([key, name]) => (
          <div key={key} className="flex h-9 items-center gap-4">
            <dt className="w-12">
              <kbd className="rounded-[4px] border border-muted/60 px-1.5 py-0.5 font-mono text-12">
                {key}
              </kbd>
            </dt>
            <dd>{text.shortcuts[name]}</dd>
          </div>
        ))}
      </dl>
      <label className="mt-4 flex items-center gap-2">
        <input
          type="checkbox"
          checked={isOn}
          onChange={(event) => setOn(event.target.checked)}
          className="size-4 accent-accent"
        />
        {text.shortcuts.enabled}
      </label>
    </Dialog>
  )
}
