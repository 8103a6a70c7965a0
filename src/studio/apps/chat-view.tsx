import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { SendHorizontal } from 'lucide-react'
import { type FormEvent, type KeyboardEvent, useEffect, useRef, useState } from 'react'
import type { App, DescribedAction } from '../../apps/schema.ts'
import { runAction } from '../api/app-client.ts'
import { appActionsQuery } from '../api/app-queries.ts'
import { installationQuery } from '../api/queries.ts'
import { workflowRunsQuery } from '../api/workflow-queries.ts'
import { ActionFailed } from '../runs/action-failed.tsx'
import { text } from '../text.ts'
import { Button } from '../ui/button.tsx'
import { ErrorNote } from '../ui/error-note.tsx'
import { Fold } from '../ui/facts.tsx'
import { TextArea } from '../ui/field.tsx'
import { SkeletonCard } from '../ui/skeleton.tsx'
import { ChatTurn } from './chat-turn.tsx'
import { ActionFields } from './form-view.tsx'
import { findSaid } from './read-turn.ts'
import { type ActionForm, useActionForm } from './use-action-form.ts'
import { ViewHead, type ViewProps } from './view-parts.tsx'

/** So many turns of a conversation are shown. */
const MAX_TURNS = 50

/** An action that takes a message, as a conversation. It is read from the runs, so it is still there tomorrow. */
export function ChatView({ app, view }: ViewProps) {
  const actions = useQuery(appActionsQuery(app.id))
  const action = actions.data?.find(({ action_id }) => action_id === view.action_id)
  return (
    <div className="mx-auto flex h-full max-w-[80ch] flex-col px-4 pt-4 pb-4">
      <div className="shrink-0 pb-3">
        <ViewHead view={view} />
        <p className="mt-1 text-13 text-muted">{text.appChat.apart}</p>
      </div>
      {actions.isError && <ErrorNote error={actions.error} onRetry={() => void actions.refetch()} />}
      {actions.isPending && <SkeletonCard />}
      {actions.data && !action && <p className="text-muted">{text.app.actionGone}</p>}
      {action && <Conversation app={app} action={action} />}
    </div>
  )
}

function Conversation({ app, action }: { app: App; action: DescribedAction }) {
  const queryClient = useQueryClient()
  const { action_id: actionId } = action
  const form = useActionForm(action, ['message'])
  const turns = useTurns(app.id, action)
  const [message, setMessage] = useState('')
  const [isMissing, setMissing] = useState(false)
  const send = useMutation({
    mutationFn: (body: NonNullable<ReturnType<ActionForm['read']>>) => runAction(app.id, actionId, body),
    onSuccess: async () => {
      setMessage('')
      await queryClient.invalidateQueries({ queryKey: ['runs'] })
    },
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (send.isPending) return
    send.reset()
    const body = form.read()
    setMissing(message.trim() === '')
    if (body && message.trim() !== '') send.mutate({ ...body, event: { ...body.event, message } })
  }
  return (
    <>
      <Log turns={turns} mapping={action.input_mapping} />
      <form onSubmit={submit} noValidate aria-label={action.label} className="shrink-0 space-y-2 pt-3">
        {(form.asksEvent || form.asksContext) && (
          <Fold summary={text.appChat.more} isForced={form.faultCount > 0}>
            <ActionFields form={form} />
          </Fold>
        )}
        <div className="flex items-start gap-3">
          <div className="min-w-0 flex-1">
            <TextArea
              label={text.appChat.message}
              fault={isMissing && message.trim() === '' ? text.appChat.needed : undefined}
              value={message}
              onChange={(event) => setMessage(event.target.value)}
              onKeyDown={sendOnEnter}
            />
          </div>
          <Button
            type="submit"
            tone="accent"
            icon={SendHorizontal}
            disabled={send.isPending}
            className="mt-6 shrink-0"
          >
            {send.isPending ? text.appChat.busy : text.appChat.send}
          </Button>
        </div>
        {send.isError && (
          <ActionFailed
            error={send.error}
            refused={text.appForm.nothingStarted}
            unanswered={text.appForm.noAnswer}
          />
        )}
      </form>
    </>
  )
}

/** Enter sends, Shift+Enter makes a line; while a word is being composed Enter belongs to that. */
function sendOnEnter(event: KeyboardEvent<HTMLTextAreaElement>): void {
  if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return
  event.preventDefault()
  event.currentTarget.form?.requestSubmit()
}

/** What whoever is signed in said in this app, oldest first. */
function useTurns(appId: string, action: DescribedAction) {
  const me = useQuery(installationQuery).data?.principal?.id
  const query = useInfiniteQuery(workflowRunsQuery({ app_id: appId, app_action_id: action.action_id }))
  const mine = (query.data?.pages.flatMap(({ data }) => data) ?? []).filter(({ user_id }) => user_id === me)
  return { query, runs: mine.slice(0, MAX_TURNS).toReversed(), hasOlder: mine.length > MAX_TURNS }
}

type LogProps = { turns: ReturnType<typeof useTurns>; mapping: DescribedAction['input_mapping'] }

function Log({ turns: { query, runs, hasOlder }, mapping }: LogProps) {
  const scroller = useRef<HTMLDivElement>(null)
  const last = runs.at(-1)
  // biome-ignore lint/correctness/useExhaustiveDependencies: what came last is brought into sight
  useEffect(() => {
    scroller.current?.scrollTo({ top: scroller.current.scrollHeight })
  }, [last?.id, last?.status])
  return (
    <div
      ref={scroller}
      role="log"
      aria-label={text.appChat.log}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
      tabIndex={0}
      className="min-h-0 flex-1 space-y-4 overflow-y-auto rounded-md border border-line bg-panel p-4"
    >
      {query.isError && <ErrorNote error={query.error} onRetry={() => void query.refetch()} />}
      {query.isPending && <SkeletonCard />}
      {query.data && runs.length === 0 && <p className="text-muted">{text.appChat.empty}</p>}
      {hasOlder && <p className="text-13 text-muted">{text.appChat.older(MAX_TURNS)}</p>}
      {runs.map((run) => (
        <ChatTurn key={run.id} run={run} said={findSaid(mapping, run.input)} />
      ))}
    </div>
  )
}
