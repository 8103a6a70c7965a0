import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { SendHorizontal } from 'lucide-react'
import { type FormEvent, type KeyboardEvent, useRef, useState } from 'react'
import type { Run } from '../../engine/runs/schema.ts'
import type { Chain } from '../api/copilot-client.ts'
import { chainsQuery } from '../api/copilot-queries.ts'
import { workflowRunsQuery } from '../api/workflow-queries.ts'
import { RunStateMark } from '../runs/run-state.tsx'
import { copilotText } from '../text-copilot.ts'
import { Button } from '../ui/button.tsx'
import { CommandBlock } from '../ui/command-block.tsx'
import { DataLine } from '../ui/data-text.tsx'
import { ErrorNote } from '../ui/error-note.tsx'
import { Section } from '../ui/facts.tsx'
import { SelectField, TextArea } from '../ui/field.tsx'
import { RelativeTime } from '../ui/relative-time.tsx'
import { SkeletonCard, SkeletonRows } from '../ui/skeleton.tsx'
import { useTitle } from '../ui/use-title.ts'
import { AskFailed } from './ask-failed.tsx'
import { useAsk } from './use-ask.ts'
import { WalletBar } from './wallet-bar.tsx'
import { useWallet } from './wallet-context.tsx'

/** A sentence becomes a run. */
export function AskPage() {
  useTitle(copilotText.copilot.title)
  const chains = useQuery(chainsQuery)
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <div tabIndex={0} className="h-full overflow-y-auto">
      <div className="mx-auto max-w-[80ch] px-4 pt-4 pb-8">
        <h1 className="text-20 font-semibold">{copilotText.copilot.title}</h1>
        <p className="mt-1 mb-4 text-muted">{copilotText.copilot.lead}</p>
        {chains.isPending && <SkeletonCard />}
        {chains.isError && <ErrorNote error={chains.error} onRetry={() => void chains.refetch()} />}
        {chains.data?.chains.length === 0 && <NoChain />}
        {chains.data && chains.data.chains.length > 0 && (
          <>
            <WalletBar />
            <AskForm chains={chains.data.chains} />
          </>
        )}
        <Section title={copilotText.copilot.recent}>
          <Recent />
        </Section>
      </div>
    </div>
  )
}

function NoChain() {
  return (
    <div className="mb-4 rounded-md border border-line bg-panel p-4">
      <h2 className="text-16 font-semibold">{copilotText.copilot.noChainTitle}</h2>
      <p className="mt-1 mb-3 text-muted">{copilotText.copilot.noChainBody}</p>
      <CommandBlock command="DEVNET=on npx countersign serve" what={copilotText.copilot.noChainWhat} />
    </div>
  )
}

function AskForm({ chains }: { chains: Chain[] }) {
  const { shown } = useWallet()
  const [intent, setIntent] = useState('')
  const [picked, setPicked] = useState<number | null>(null)
  const [fault, setFault] = useState<string>()
  const field = useRef<HTMLTextAreaElement>(null)
  const ofWallet = chains.find(({ chain_id }) => chain_id === shown?.chainId)
  const chainId = picked ?? ofWallet?.chain_id ?? chains[0]!.chain_id

  const ask = useAsk()
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (ask.isPending) return
    if (intent.trim() === '') {
      setFault(copilotText.copilot.intentMissing)
      field.current?.focus()
      return
    }
    if (!shown?.account) {
      setFault(copilotText.copilot.walletNeeded)
      return
    }
    ask.mutate({ intent: intent.trim(), walletAddress: shown.account, chainId })
  }
  const say = (sentence: string) => {
    setIntent(sentence)
    setFault(undefined)
    field.current?.focus()
  }
  return (
    <form onSubmit={submit} noValidate aria-label={copilotText.copilot.title} className="mt-4 mb-2 space-y-3">
      <TextArea
        ref={field}
        label={copilotText.copilot.intent}
        placeholder={copilotText.copilot.intentPlaceholder}
        fault={fault}
        maxLength={5000}
        value={intent}
        onChange={(event) => {
          setIntent(event.target.value)
          setFault(undefined)
        }}
        onKeyDown={sendOnEnter}
      />
      {chains.length > 1 && (
        <SelectField
          label={copilotText.copilot.chain}
          value={String(chainId)}
          options={chains.map(({ chain_id, name }) => ({ value: String(chain_id), says: name }))}
          onChange={(event) => setPicked(Number(event.target.value))}
        />
      )}
      <Button type="submit" tone="accent" icon={SendHorizontal} disabled={ask.isPending}>
        {ask.isPending ? copilotText.copilot.asking : copilotText.copilot.ask}
      </Button>
      {ask.isError && <AskFailed error={ask.error} />}
      <div>
        <h2 className="mb-1 text-13 font-semibold">{copilotText.copilot.examples}</h2>
        <ul className="space-y-1">
          {copilotText.copilot.exampleList.map((sentence) => (
            <li key={sentence}>
              <button
                type="button"
                onClick={() => say(sentence)}
                className="min-h-6 text-left text-13 wrap-anywhere text-accent underline underline-offset-2"
              >
                {sentence}
              </button>
            </li>
          ))}
        </ul>
      </div>
    </form>
  )
}

/** Enter sends, Shift+Enter makes a line; while a word is being composed Enter belongs to that. */
function sendOnEnter(event: KeyboardEvent<HTMLTextAreaElement>): void {
  if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return
  event.preventDefault()
  event.currentTarget.form?.requestSubmit()
}

const WORKFLOW = 'web3_copilot_v1'
const SHOWN = 10

function Recent() {
  const query = useInfiniteQuery(workflowRunsQuery({ workflow_id: WORKFLOW }))
  if (query.isPending) return <SkeletonRows rows={3} />
  if (query.isError) return <ErrorNote error={query.error} onRetry={() => void query.refetch()} />
  const runs = query.data.pages.flatMap(({ data }) => data).slice(0, SHOWN)
  if (runs.length === 0) return <p className="text-muted">{copilotText.copilot.noRecent}</p>
  return (
    <ul className="divide-y divide-line">
      {runs.map((run) => (
        <li key={run.id}>
          <Link
            to="/copilot/$runId"
            params={{ runId: run.id }}
            className="flex min-h-9 flex-wrap items-center gap-x-3 py-1.5 hover:bg-panel"
          >
            <span className="min-w-0 flex-1 truncate">
              <DataLine value={intentOf(run)} />
            </span>
            <span className="text-13">
              <RunStateMark status={run.status} />
            </span>
            <span className="text-13 text-muted">
              <RelativeTime iso={run.created_at} />
            </span>
          </Link>
        </li>
      ))}
    </ul>
  )
}

function intentOf({ id, input }: Run): string {
  const { intent } = Object(input) as { intent?: unknown }
  return typeof intent === 'string' ? intent : id
}
