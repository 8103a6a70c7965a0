import { useQuery } from '@tanstack/react-query'
import { Navigate, Outlet } from '@tanstack/react-router'
import { LiveUpdates } from '../api/live-updates.tsx'
import { installationQuery } from '../api/queries.ts'
import { pageToReturnTo } from '../sign-in/return-page.ts'
import { text } from '../text.ts'
import { Footer } from './footer.tsx'
import { Rail } from './rail.tsx'
import { TopBar } from './top-bar.tsx'

/** What stands around every page. */
export function Frame() {
  const { data: installation } = useQuery(installationQuery)
  if (installation?.mode === 'authenticated' && installation.principal === null) {
    return <Navigate to="/sign-in" search={{ next: pageToReturnTo() }} replace />
  }
  return (
    <LiveUpdates>
      <div className="grid h-dvh grid-cols-[minmax(0,1fr)] grid-rows-[auto_minmax(0,1fr)_auto]">
        <a
          href="#content"
          className="sr-only z-20 rounded-md bg-panel px-3 py-2 focus:not-sr-only focus:absolute focus:top-1 focus:left-1"
        >
          {text.skipToContent}
        </a>
        <TopBar installation={installation} />
        <div className="flex min-h-0 flex-col rail:flex-row">
          <Rail />
          <main id="content" tabIndex={-1} className="min-h-0 min-w-0 flex-1">
            <Outlet />
          </main>
        </div>
        <Footer installation={installation} />
      </div>
    </LiveUpdates>
  )
}
