import { useQuery } from '@tanstack/react-query'
import { CircleCheck, CircleSlash } from 'lucide-react'
import type { AlertChannel, AlertChannelState } from '../../ops/alerts/schema.ts'
import { alertChannelsQuery } from '../api/ops-queries.ts'
import { text } from '../text.ts'
import { DataText } from '../ui/data-text.tsx'
import { optionsOf, SelectField, TextArea, TextField } from '../ui/field.tsx'
import { Mark } from '../ui/note.tsx'
import { type AlertDraft, emptyDestinations, isRate, looksBack } from './alert-draft.ts'

const words = text.alert
const { rule: RULES, operator: OPERATORS, channel: CHANNELS } = text.alerts

const CHANNEL_NAMES = Object.keys(CHANNELS) as AlertChannel[]

type FieldsProps = {
  draft: AlertDraft
  onChange: (draft: AlertDraft) => void
  /** What is wrong, by the path of the member. */
  faults: ReadonlyMap<string, string>
  /** The addresses that are saved, shortened. */
  saved: Record<string, string>
}

/** The members of a rule as a form. */
export function AlertFields({ draft, onChange, faults, saved }: FieldsProps) {
  const set = (change: Partial<AlertDraft>) => onChange({ ...draft, ...change })
  return (
    <>
      <TextField
        label={words.name}
        value={draft.name}
        fault={faults.get('name')}
        onChange={(event) => set({ name: event.target.value })}
      />
      <TextArea
        label={words.description}
        value={draft.description}
        fault={faults.get('description')}
        onChange={(event) => set({ description: event.target.value })}
      />
      <SelectField
        label={words.rule}
        value={draft.rule_type}
        fault={faults.get('rule_type')}
        hint={looksBack(draft.rule_type) ? undefined : words.windowNow}
        options={optionsOf(RULES)}
        onChange={(event) => set({ rule_type: event.target.value as AlertDraft['rule_type'] })}
      />
      <div className="grid gap-3 rail:grid-cols-2">
        <SelectField
          label={words.operator}
          value={draft.comparison_operator}
          fault={faults.get('comparison_operator')}
          options={optionsOf(OPERATORS)}
          onChange={(event) =>
            set({ comparison_operator: event.target.value as AlertDraft['comparison_operator'] })
          }
        />
        <TextField
          label={isRate(draft.rule_type) ? words.percent : words.threshold}
          inputMode="decimal"
          value={draft.threshold}
          fault={faults.get('threshold')}
          onChange={(event) => set({ threshold: event.target.value })}
        />
      </div>
      {looksBack(draft.rule_type) && (
        <TextField
          label={words.window}
          hint={words.windowHint}
          inputMode="decimal"
          value={draft.window}
          fault={faults.get('window_seconds')}
          onChange={(event) => set({ window: event.target.value })}
        />
      )}
      <Channels draft={draft} set={set} saved={saved} />
      <Destinations draft={draft} set={set} faults={faults} saved={saved} />
    </>
  )
}

type PartProps = Pick<FieldsProps, 'draft' | 'saved'> & { set: (change: Partial<AlertDraft>) => void }

/** Each with whether it leads anywhere: a message that goes nowhere is worse than none that was promised. */
function Channels({ draft, set, saved }: PartProps) {
  const states = useQuery(alertChannelsQuery).data
  const toggle = (channel: AlertChannel, isOn: boolean) =>
    set({
      channels: CHANNEL_NAMES.filter((each) => (each === channel ? isOn : draft.channels.includes(each))),
    })
  return (
    <fieldset>
      <legend className="mb-1 text-13 font-medium">{words.channels}</legend>
      <ul>
        {CHANNEL_NAMES.map((channel) => (
          <li key={channel} className="flex min-h-9 flex-wrap items-center gap-x-3">
            <label className="flex min-h-9 items-center gap-2">
              <input
                type="checkbox"
                checked={draft.channels.includes(channel)}
                onChange={(event) => toggle(channel, event.target.checked)}
                className="size-4 accent-accent"
              />
              {CHANNELS[channel]}
            </label>
            {states && (
              <ChannelState
                state={states.find((each) => each.channel === channel)}
                hasOwn={hasOwn(channel, draft, saved)}
                isChosen={draft.channels.includes(channel)}
              />
            )}
          </li>
        ))}
      </ul>
    </fieldset>
  )
}

const MEMBERS = {
  webhook: 'webhook_url',
  slack: 'slack_webhook_url',
  pagerduty: 'pagerduty_routing_key',
  email: null,
} as const

function hasOwn(channel: AlertChannel, { destinations }: AlertDraft, saved: Record<string, string>): boolean {
  const member = MEMBERS[channel]
  return member !== null && Boolean((destinations ?? saved)[member]?.trim())
}

type ChannelProps = { state: AlertChannelState | undefined; hasOwn: boolean; isChosen: boolean }

/** Only what was chosen and leads nowhere is something to look at. */
function ChannelState({ state, hasOwn: isOwn, isChosen }: ChannelProps) {
  const isReady = isOwn || state?.configured
  return (
    <span className="text-13">
      <Mark tone={isReady || !isChosen ? 'muted' : 'doubt'} icon={isReady ? CircleCheck : CircleSlash}>
        <span className="whitespace-normal">
          {isOwn ? words.ownAddress : state?.lacks ? words.lacks[state.lacks] : words.ready}
        </span>
      </Mark>
    </span>
  )
}

function Destinations({ draft, set, faults, saved }: PartProps & Pick<FieldsProps, 'faults'>) {
  const { destinations } = draft
  return (
    <fieldset className="space-y-3">
      <legend className="text-13 font-medium">{words.addresses}</legend>
      {destinations === null ? (
        <>
          <ul className="text-13">
            {Object.entries(saved).map(([member, value]) => (
              <li key={member}>
                <span className="text-muted">{LABELS[member as keyof typeof LABELS]}</span>{' '}
                <DataText value={value} />
              </li>
            ))}
          </ul>
          <button
            type="button"
            onClick={() => set({ destinations: emptyDestinations() })}
            className="text-13 text-accent underline underline-offset-2"
          >
            {words.addressesChange}
          </button>
        </>
      ) : (
        <>
          <p className="text-12 text-muted">
            {Object.keys(saved).length > 0 ? words.addressesReplaced : words.addressesHint}
          </p>
          {(Object.keys(LABELS) as (keyof typeof LABELS)[]).map((member) => (
            <TextField
              key={member}
              label={LABELS[member]}
              autoComplete="off"
              spellCheck={false}
              value={destinations[member]}
              fault={faults.get(`destinations.${member}`)}
              onChange={(event) => set({ destinations: { ...destinations, [member]: event.target.value } })}
            />
          ))}
        </>
      )}
    </fieldset>
  )
}

const LABELS = {
  webhook_url: words.webhook,
  slack_webhook_url: words.slack,
  pagerduty_routing_key: words.pagerduty,
} as const
