import { Stamp } from 'lucide-react'
import type { ReactNode } from 'react'
import { text } from '../text.ts'

/** What stands around the pages of those who are not signed in yet. */
export function Entrance({ children }: { children: ReactNode }) {
  return (
    <main className="mx-auto flex min-h-dvh max-w-104 flex-col justify-center gap-6 p-4">
      <p className="flex items-center gap-2 text-20 font-semibold">
        <Stamp size={22} aria-hidden="true" className="text-accent" />
        {text.product}
      </p>
      {children}
    </main>
  )
}

export const ENTRANCE_CARD = 'space-y-4 rounded-md border border-line bg-panel p-4 shadow-panel'
