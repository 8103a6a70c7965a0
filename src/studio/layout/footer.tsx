import type { Installation } from '../../http/schema.ts'
import { text } from '../text.ts'

export function Footer({ installation }: { installation: Installation | undefined }) {
  return (
    <footer className="flex min-h-7 flex-wrap items-center gap-x-4 border-t border-line px-4 py-1 text-12 text-muted">
      {installation && (
        <>
          <span>{installation.mode === 'local' ? text.footer.local : text.footer.authenticated}</span>
          <span>{text.footer[installation.database]}</span>
          <span className="ml-auto">{text.footer.version(installation.version)}</span>
        </>
      )}
    </footer>
  )
}
