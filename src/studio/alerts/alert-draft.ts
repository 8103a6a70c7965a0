import type { AlertChannel, AlertConfig, AlertRule } from '../../ops/alerts/schema.ts'

/** A rule while it is written: what fields hold is text until it is sent. */
export type AlertDraft = {
  name: string
  description: string
  rule_type: AlertRule
  comparison_operator: AlertConfig['comparison_operator']
  /** Of a rate in percent, as people say it. */
  threshold: string
  /** How far back it looks, in minutes. */
  window: string
  channels: AlertChannel[]
  /** Null leaves those that are saved as they are. */
  destinations: { webhook_url: string; slack_webhook_url: string; pagerduty_routing_key: string } | null
  enabled: boolean
}

const NO_DESTINATIONS = { webhook_url: '', slack_webhook_url: '', pagerduty_routing_key: '' }

export const NEW_ALERT: AlertDraft = {
  name: '',
  description: '',
  rule_type: 'error_rate',
  comparison_operator: '>',
  threshold: '5',
  window: '5',
  channels: ['email'],
  destinations: NO_DESTINATIONS,
  enabled: true,
}

/** Whether a rule looks back; the others look at what is now. */
export const looksBack = (rule: AlertRule) => rule !== 'memory_usage'

export const isRate = (rule: AlertRule) => rule === 'error_rate'

/** Without the digits that a hundredfold of a binary fraction brings along. */
const times100 = (share: number) => Number((share * 100).toPrecision(12))

export const sayThreshold = (rule: AlertRule, threshold: number): string =>
  isRate(rule) ? `${times100(threshold)} %` : String(threshold)

/** In the largest unit that says it exactly. */
export function sayWindow(seconds: number): string {
  if (seconds % 3600 === 0) return `${seconds / 3600} h`
  return seconds % 60 === 0 ? `${seconds / 60} min` : `${seconds} s`
}

export const draftOf = (alert: AlertConfig): AlertDraft => ({
  name: alert.name,
  description: alert.description ?? '',
  rule_type: alert.rule_type,
  comparison_operator: alert.comparison_operator,
  threshold: String(isRate(alert.rule_type) ? times100(alert.threshold) : alert.threshold),
  window: String(alert.window_seconds / 60),
  channels: alert.notification_channels,
  destinations: Object.keys(alert.destinations).length === 0 ? NO_DESTINATIONS : null,
  enabled: alert.enabled,
})

export const emptyDestinations = (): NonNullable<AlertDraft['destinations']> => ({ ...NO_DESTINATIONS })

export type Fault = 'name' | 'threshold' | 'window_seconds'

/** As people write it; no number where it is none. */
function numberOf(written: string): number {
  const text = written.trim().replace(',', '.')
  return text === '' ? Number.NaN : Number(text)
}

/** What would be sent, or which fields need a change. */
export function alertOf(draft: AlertDraft): { body: object; faults: [] } | { body: null; faults: Fault[] } {
  const number = numberOf(draft.threshold)
  const seconds = Number((numberOf(draft.window) * 60).toPrecision(12))
  const faults: Fault[] = []
  if (draft.name.trim() === '') faults.push('name')
  if (!Number.isFinite(number)) faults.push('threshold')
  const isWindow = Number.isInteger(seconds) && seconds >= 60 && seconds <= 86_400
  if (looksBack(draft.rule_type) && !isWindow) faults.push('window_seconds')
  if (faults.length > 0) return { body: null, faults }
  const { name, description, rule_type, comparison_operator, channels, destinations, enabled } = draft
  const body = {
    name: name.trim(),
    description: description.trim() || null,
    rule_type,
    comparison_operator,
    threshold: isRate(rule_type) ? Number((number / 100).toPrecision(12)) : number,
    ...(looksBack(rule_type) && { window_seconds: seconds }),
    notification_channels: channels,
    enabled,
    ...(destinations && {
      destinations: Object.fromEntries(
        Object.entries(destinations)
          .map(([member, value]) => [member, value.trim()])
          .filter(([, value]) => value),
      ),
    }),
  }
  return { body, faults: [] }
}
