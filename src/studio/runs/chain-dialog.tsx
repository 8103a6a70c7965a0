import { Check, X } from 'lucide-react'
import type { VerificationReport } from '../../verifier/schema.ts'
import { text } from '../text.ts'
import { Button } from '../ui/button.tsx'
import { CommandBlock } from '../ui/command-block.tsx'
import { DataText } from '../ui/data-text.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { ErrorNote } from '../ui/error-note.tsx'
import { Fact, Facts, Fold, Section } from '../ui/facts.tsx'
import { formatAbsolute } from '../ui/format-time.ts'
import { quoteForShell } from '../ui/shell-quote.ts'
import type { ChainVerdict } from './use-chain-verdict.ts'

type ChainDialogProps = {
  isOpen: boolean
  onClose: () => void
  chain: ChainVerdict
  says: string
  runId: string
  eventCount: number
}

/** How the badge came to its word: which checks, which key, and the same from a shell. */
export function ChainDialog({ isOpen, onClose, chain, says, runId, eventCount }: ChainDialogProps) {
  const { verdict, report, error } = chain
  return (
    <Dialog isOpen={isOpen} onClose={onClose} title={text.chain.title}>
      <div className="mb-3 max-w-[80ch] space-y-1">
        <p className="font-medium">{says}</p>
        {verdict !== 'verifying' && <p>{text.chain.explain[verdict]}</p>}
        <p className="text-13 text-muted">{text.chain.where}</p>
        {report && <CoverLine report={report} eventCount={eventCount} />}
      </div>
      {verdict === 'failed' && <ErrorNote error={error} />}
      {verdict === 'broken' && report?.firstFault && <FaultFacts fault={report.firstFault} />}
      {report && <Signer chain={chain} signer={report.signer} />}
      {report && <Checks checks={report.checks} />}
      {report?.notes && <Notes notes={report.notes} />}
      <Section title={text.chain.offline}>
        <CommandBlock
          command={`countersign export --run ${quoteForShell(runId)} -o bundle.ndjson\ncountersign verify bundle.ndjson${
            report?.signer ? ` --key ${quoteForShell(report.signer)}` : ''
          }`}
          what={text.inbox.emptyWhat}
        />
      </Section>
      <Button onClick={chain.verify} disabled={verdict === 'verifying'}>
        {verdict === 'verifying' ? text.chain.verifying : text.chain.again}
      </Button>
    </Dialog>
  )
}

function CoverLine({ report, eventCount }: { report: VerificationReport; eventCount: number }) {
  const covered = report.runs.reduce((sum, run) => sum + run.events, 0)
  return (
    <p className={`text-13 ${covered === eventCount ? 'text-muted' : 'text-wait'}`}>
      {text.chain.covers(covered, eventCount)}
    </p>
  )
}

/** What could not be told from what was exported: neither wrong nor proved. */
function Notes({ notes }: { notes: string[] }) {
  return (
    <Section title={text.proof.notes}>
      <ul className="space-y-1 text-13">
        {notes.map((note) => (
          <li key={note}>
            <DataText value={note} plain />
          </li>
        ))}
      </ul>
    </Section>
  )
}

function FaultFacts({ fault }: { fault: NonNullable<VerificationReport['firstFault']> }) {
  const terms = text.chain.fault
  return (
    <div className="mb-3 rounded-md border border-stop/50 px-3 py-1">
      <p className="py-2 text-stop">
        <DataText value={fault.message} plain />
      </p>
      <Facts>
        {fault.seq !== undefined && (
          <Fact term={terms.event}>
            {fault.seq} {fault.event_id !== undefined && <DataText value={fault.event_id} fold={80} />}
          </Fact>
        )}
        <Fact term={terms.line}>{fault.line}</Fact>
        <Fact term={terms.check}>
          <span className="data">{fault.check}</span>
        </Fact>
        <Fact term={terms.expected}>
          <DataText value={fault.expected} />
        </Fact>
        <Fact term={terms.actual}>
          <DataText value={fault.actual} />
        </Fact>
      </Facts>
    </div>
  )
}

function Signer({ chain, signer }: { chain: ChainVerdict; signer: string | null }) {
  const { verdict, report, remembered, trust, forget } = chain
  const isOther = remembered !== null && signer !== null && remembered.vkey !== signer
  return (
    <Section title={text.chain.signer}>
      <Facts>
        <Fact term={text.chain.signer}>
          <DataText value={signer ?? text.common.nothing} />
        </Fact>
        {remembered && (
          <Fact term={text.chain.known}>
            {isOther && (
              <p className="text-wait">{text.chain.changedSince(formatAbsolute(remembered.seenAt))}</p>
            )}
            {isOther && <DataText value={remembered.vkey} />}
            <p className="text-13 text-muted">
              {remembered.trustedAt
                ? text.chain.trustedSince(formatAbsolute(remembered.trustedAt))
                : text.chain.seenSince(formatAbsolute(remembered.seenAt))}
            </p>
          </Fact>
        )}
        {report?.checkpoint && (
          <Fact term={text.chain.checkpoint}>
            <DataText value={report.checkpoint.origin} fold={120} />
            <p className="text-13 text-muted">{text.chain.checkpointSays(report.checkpoint.size)}</p>
          </Fact>
        )}
      </Facts>
      <div className="mt-2 flex flex-wrap gap-3">
        {signer !== null && (verdict === 'unknown' || verdict === 'changed') && (
          <Button onClick={() => trust(signer)}>
            {verdict === 'changed' ? text.chain.trustNew : text.chain.trust}
          </Button>
        )}
        {remembered?.trustedAt && (
          <Button tone="quiet" onClick={forget}>
            {text.chain.forget}
          </Button>
        )}
      </div>
    </Section>
  )
}

function Checks({ checks }: { checks: VerificationReport['checks'] }) {
  const failed = checks.filter(({ ok }) => !ok).length
  return (
    <Section title={text.chain.checks}>
      <Fold summary={text.chain.checksSum(checks.length - failed, checks.length)}>
        <ul className="divide-y divide-line">
          {checks.map(({ name, ok, detail }) => (
            <li key={name} className="flex items-start gap-2 py-1.5 text-13">
              {ok ? (
                <Check size={15} aria-label={text.chain.holds} className="mt-0.5 shrink-0 text-ok" />
              ) : (
                <X size={15} aria-label={text.chain.fails} className="mt-0.5 shrink-0 text-stop" />
              )}
              <span className="data w-44 shrink-0">{name}</span>
              <span className="min-w-0">
                <DataText value={detail} plain />
              </span>
            </li>
          ))}
        </ul>
      </Fold>
    </Section>
  )
}
