import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { membersQuery } from '../api/people-queries.ts'
import { installationQuery } from '../api/queries.ts'
import { text } from '../text.ts'
import { DataLine, DataText } from '../ui/data-text.tsx'
import { ErrorNote } from '../ui/error-note.tsx'
import { SkeletonCard } from '../ui/skeleton.tsx'
import { useTitle } from '../ui/use-title.ts'

export const useIsAdmin = () => useQuery(installationQuery).data?.principal?.role === 'admin'

/** What stands in it for administrators; for everybody else a page that says who can. */
export function AdminsOnly({ title, children }: { title: string; children: ReactNode }) {
  return useIsAdmin() ? children : <WhoCan title={title} />
}

function WhoCan({ title }: { title: string }) {
  useTitle(title)
  return (
    <div className="max-w-[80ch] space-y-3 p-4">
      <h1 className="text-16 font-semibold">{title}</h1>
      <p>{text.whoCan.body}</p>
      <Administrators />
    </div>
  )
}

export function Administrators() {
  const query = useQuery(membersQuery)
  const admins = query.data?.filter(({ role }) => role === 'admin') ?? []
  if (query.isPending) return <SkeletonCard />
  if (!query.data) return <ErrorNote error={query.error} onRetry={() => void query.refetch()} />
  if (admins.length === 0) return <p className="text-muted">{text.whoCan.nobody}</p>
  return (
    <ul className="divide-y divide-line">
      {admins.map(({ id, name, email }) => (
        <li key={id} className="flex min-h-9 flex-wrap items-center gap-x-3">
          <Link
            to="/members/people/$memberId"
            params={{ memberId: id }}
            className="text-accent underline underline-offset-2"
          >
            <DataLine value={name} />
          </Link>
          <span className="text-13 text-muted">
            <DataText value={email} />
          </span>
        </li>
      ))}
    </ul>
  )
}
