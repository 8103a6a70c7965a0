import { useQuery } from '@tanstack/react-query'
import type { App, AppView } from '../../apps/schema.ts'
import { installationQuery } from '../api/queries.ts'
import { text } from '../text.ts'
import { CommandBlock } from '../ui/command-block.tsx'
import { DataLine, DataText } from '../ui/data-text.tsx'
import { makeCurl } from '../ui/make-curl.ts'

export type ViewProps = { app: App; view: AppView }

/** What a page is about, in the words of its manifest. */
export function ViewHead({ view }: { view: AppView }) {
  return (
    <>
      <h2 className="text-16 font-semibold">
        <DataLine value={view.title} />
      </h2>
      {view.description !== undefined && (
        <p className="mt-1 max-w-[80ch] text-muted">
          <DataText value={view.description} plain fold={600} />
        </p>
      )}
    </>
  )
}

/** Where nothing has run, with how to change that. */
export function NoRuns({ app, view }: ViewProps) {
  const needsKey = useQuery(installationQuery).data?.mode === 'authenticated'
  const actionId = view.action_id ?? app.actions[0]?.action_id
  return (
    <div className="max-w-[80ch] p-4">
      <h2 className="text-16 font-semibold">{text.app.noRunsTitle}</h2>
      <p className="mt-1 mb-3 text-muted">{text.app.noRunsBody}</p>
      {actionId !== undefined && (
        <CommandBlock
          command={makeCurl({
            path: `/api/v1/apps/${encodeURIComponent(app.id)}/actions/${encodeURIComponent(actionId)}`,
            needsKey,
            body: { event: {}, context: {} },
          })}
          what={text.app.noRunsWhat}
        />
      )}
    </div>
  )
}
