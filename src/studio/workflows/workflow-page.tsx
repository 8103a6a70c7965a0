import { type UseQueryResult, useQuery } from '@tanstack/react-query'
import { Link, useParams, useSearch } from '@tanstack/react-router'
import { ArrowLeft, History, TriangleAlert } from 'lucide-react'
import { useMemo } from 'react'
import type { DefinedVersion, Workflow } from '../../engine/workflows/schema.ts'
import { ApiError } from '../api/api-error.ts'
import { installationQuery } from '../api/queries.ts'
import { definitionQuery, workflowQuery } from '../api/workflow-queries.ts'
import { readInputSchema } from '../graph/read-input-schema.ts'
import { WorkflowGraph } from '../graph/workflow-graph.tsx'
import { text } from '../text.ts'
import { buttonClass } from '../ui/button.tsx'
import { CopyAction, CopyButton } from '../ui/copy-button.tsx'
import { DataText } from '../ui/data-text.tsx'
import { ErrorNote } from '../ui/error-note.tsx'
import { Section } from '../ui/facts.tsx'
import { JsonText } from '../ui/json-text.tsx'
import { makeCurl } from '../ui/make-curl.ts'
import { Note } from '../ui/note.tsx'
import { cutText, revealAsString } from '../ui/reveal-text.ts'
import { SkeletonCard } from '../ui/skeleton.tsx'
import { useTitle } from '../ui/use-title.ts'
import { StartForm } from './start-form.tsx'
import { VersionList } from './version-list.tsx'

/** One workflow: what it does, which versions it has had, and a form that starts it. */
export function WorkflowPage() {
  const { workflowId } = useParams({ from: '/frame/workflows/$workflowId' })
  const query = useQuery(workflowQuery(workflowId))
  useTitle(revealAsString((query.data?.name ?? workflowId).slice(0, 60)))
  if (!query.data) {
    const isMissing = query.error instanceof ApiError && query.error.status === 404
    return (
      <div className="max-w-200 space-y-4 p-4">
        <BackToWorkflows />
        <h1 className="text-16 font-semibold">
          <DataText value={workflowId} fold={120} />
        </h1>
        {query.isPending ? (
          <SkeletonCard />
        ) : (
          <ErrorNote error={query.error} {...(!isMissing && { onRetry: () => void query.refetch() })} />
        )}
      </div>
    )
  }
  return <WorkflowView workflow={query.data} />
}

function WorkflowView({ workflow }: { workflow: Workflow }) {
  const { id, definition, definition_sha256 } = workflow
  const { version: hash = definition_sha256 } = useSearch({ from: '/frame/workflows/$workflowId' })
  // The same object for as long as the definition is the same: a refresh must not empty the form.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the hash stands for the definition
  const inputSchema = useMemo(() => readInputSchema(definition), [definition_sha256])
  const older = useQuery({ ...definitionQuery(id, hash), enabled: hash !== definition_sha256 })
  const shown = hash === definition_sha256 ? definition : older.data?.definition
  return (
    <div className="flex h-full flex-col overflow-y-auto">
      <WorkflowHead workflow={workflow} />
      <div className="grid grow panes:grid-cols-[minmax(0,3fr)_minmax(24rem,2fr)] panes:grid-rows-[auto_1fr]">
        <div className="min-w-0">
          {hash !== definition_sha256 && <OlderNote id={id} query={older} />}
          {shown !== undefined && (
            <div className="h-[36rem] max-h-[90dvh]">
              <WorkflowGraph definition={shown} />
            </div>
          )}
        </div>
        <div className="min-w-0 border-line bg-panel p-4 panes:row-span-2 panes:border-l panes:px-6">
          <StartForm key={definition_sha256} workflowId={id} inputSchema={inputSchema} />
        </div>
        <div className="min-w-0 px-4 pb-8">
          <Section title={text.workflow.versions}>
            <VersionList workflow={workflow} shown={hash} />
          </Section>
          {shown !== undefined && (
            <Section title={text.workflow.definition}>
              <JsonText value={shown} />
            </Section>
          )}
        </div>
      </div>
    </div>
  )
}

/** That what is shown is not what runs are made of now. */
function OlderNote({ id, query }: { id: string; query: UseQueryResult<DefinedVersion> }) {
  if (query.isPending) return <SkeletonCard />
  return (
    <div className="max-w-200 space-y-2 p-4">
      {query.data ? (
        <Note tone="muted" icon={History}>
          <p>{text.workflow.older(revealAsString(cutText(query.data.version, 64)))}</p>
        </Note>
      ) : (
        <ErrorNote error={query.error} onRetry={() => void query.refetch()} />
      )}
      <Link
        to="/workflows/$workflowId"
        params={{ workflowId: id }}
        className="text-13 text-accent underline underline-offset-2"
      >
        {text.workflow.toCurrent}
      </Link>
    </div>
  )
}

function WorkflowHead({ workflow }: { workflow: Workflow }) {
  const needsKey = useQuery(installationQuery).data?.mode === 'authenticated'
  const { id, name, type, version, revision, warnings = [] } = workflow
  return (
    <header className="shrink-0 border-b border-line px-4 py-3">
      <BackToWorkflows />
      <div className="mt-1 flex flex-wrap items-start justify-between gap-x-6 gap-y-3">
        <div className="min-w-0">
          <h1 className="flex items-start gap-1 text-16 font-semibold">
            <DataText value={name} plain fold={120} />
          </h1>
          <p className="mt-1 flex flex-wrap items-center gap-x-4 text-13 text-muted">
            <span className="flex items-center gap-1">
              <DataText value={id} fold={80} />
              <CopyButton value={id} what={text.workflow.id} />
            </span>
            <span>{text.workflows.type[type]}</span>
            <span>
              {text.workflows.columns.version} <DataText value={version} fold={64} />
            </span>
            <span>{text.workflow.revision(revision)}</span>
          </p>
        </div>
        <div className="flex flex-wrap gap-2">
          <Link to="/runs" search={{ workflow: id }} className={buttonClass()}>
            {text.workflow.toRuns}
          </Link>
          <CopyAction value={makeCurl({ path: `/api/v1/workflows/${encodeURIComponent(id)}`, needsKey })}>
            {text.run.copyCurl}
          </CopyAction>
        </div>
      </div>
      {warnings.length > 0 && (
        <div className="mt-3 max-w-200">
          <Note tone="wait" icon={TriangleAlert}>
            <p className="font-medium">{text.workflow.warnings}</p>
            <ul>
              {warnings.map(({ path, message }) => (
                <li key={`${path} ${message}`}>
                  <DataText value={path} /> <DataText value={message} plain />
                </li>
              ))}
            </ul>
          </Note>
        </div>
      )}
    </header>
  )
}

function BackToWorkflows() {
  return (
    <Link to="/workflows" className="inline-flex items-center gap-1 text-13 text-accent">
      <ArrowLeft size={14} aria-hidden="true" />
      {text.workflow.back}
    </Link>
  )
}
