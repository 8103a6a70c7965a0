import { useInfiniteQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { Workflow } from '../../engine/workflows/schema.ts'
import { workflowVersionsQuery } from '../api/workflow-queries.ts'
import { text } from '../text.ts'
import { Button } from '../ui/button.tsx'
import { DataLine, DataText } from '../ui/data-text.tsx'
import { ErrorNote } from '../ui/error-note.tsx'
import { IdText } from '../ui/id-text.tsx'
import { RelativeTime } from '../ui/relative-time.tsx'
import { cutText, revealAsString } from '../ui/reveal-text.ts'
import { SkeletonRows } from '../ui/skeleton.tsx'

/** Every definition a workflow has had, youngest first; each can be looked at. */
export function VersionList({ workflow, shown }: { workflow: Workflow; shown: string }) {
  const query = useInfiniteQuery(workflowVersionsQuery(workflow.id))
  const { version: columns } = text.workflow
  if (query.isPending) return <SkeletonRows rows={2} />
  if (!query.data) return <ErrorNote error={query.error} onRetry={() => void query.refetch()} />
  return (
    <>
      <p className="mb-2 max-w-[80ch] text-13 text-muted">{text.workflow.pinned}</p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <section tabIndex={0} className="overflow-x-auto" aria-label={text.workflow.versions}>
        <table className="w-full text-13">
          <thead className="text-left text-12 text-muted">
            <tr>
              {[columns.revision, columns.version, columns.hash, columns.made, columns.by].map((name) => (
                <th key={name} scope="col" className="py-1 pr-4 font-normal">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody className="divide-y divide-line border-t border-line">
            {query.data.pages
              .flatMap(({ data }) => data)
              .map((each) => (
                <tr key={each.revision} className="h-9">
                  <td className="pr-4 whitespace-nowrap">
                    {each.revision}
                    {each.revision === workflow.revision && (
                      <span className="text-muted"> {text.workflow.current}</span>
                    )}
                  </td>
                  <td className="pr-4">
                    <Link
                      to="/workflows/$workflowId"
                      params={{ workflowId: workflow.id }}
                      search={
                        each.definition_sha256 === workflow.definition_sha256
                          ? {}
                          : { version: each.definition_sha256 }
                      }
                      aria-current={each.definition_sha256 === shown ? 'page' : undefined}
                      aria-label={text.workflow.showVersion(revealAsString(cutText(each.version, 64)))}
                      className="text-accent underline underline-offset-2"
                    >
                      <DataLine value={each.version} plain={false} />
                    </Link>
                  </td>
                  <td className="pr-4 whitespace-nowrap">
                    <IdText id={each.definition_sha256} copy={columns.hash} />
                  </td>
                  <td className="pr-4">
                    <RelativeTime iso={each.created_at} />
                  </td>
                  <td>
                    <DataText value={each.created_by} fold={60} />
                  </td>
                </tr>
              ))}
          </tbody>
        </table>
      </section>
      {query.hasNextPage && (
        <div className="pt-2">
          <Button disabled={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
            {query.isFetchingNextPage ? text.common.loading : text.workflow.moreVersions}
          </Button>
        </div>
      )}
    </>
  )
}
