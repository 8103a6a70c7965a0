import { CopyButton } from './copy-button.tsx'

/** A command to copy. */
export function CommandBlock({ command, what }: { command: string; what: string }) {
  return (
    <div className="flex items-start gap-1 rounded-md border border-line bg-bg">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <pre tabIndex={0} className="data min-w-0 flex-1 overflow-x-auto p-3 text-12 leading-5">
        {command}
      </pre>
      <div className="p-1.5">
        <CopyButton value={command} what={what} />
      </div>
    </div>
  )
}
