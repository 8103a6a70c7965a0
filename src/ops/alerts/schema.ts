import { z } from 'zod'

export const AlertRule = z.enum([
  'error_rate',
  'budget_exceeded',
  'policy_denials',
  'memory_usage',
  'rate_limit',
  'token_reuse',
])
export type AlertRule = z.infer<typeof AlertRule>

export const AlertOperator = z.enum(['>', '<', '>=', '<=', '=='])
export type AlertOperator = z.infer<typeof AlertOperator>

export const AlertChannel = z.enum(['webhook', 'email', 'slack', 'pagerduty'])
export type AlertChannel = z.infer<typeof AlertChannel>

const httpUrl = z.url({ protocol: /^https?$/ }).max(2000)
const timestamp = z.string().describe('ISO 8601 in UTC')

/** Where a tenant's own messages go. Addresses must be public ones. */
export const AlertDestinations = z.strictObject({
  webhook_url: httpUrl.optional(),
  slack_webhook_url: httpUrl.optional(),
  pagerduty_routing_key: z.string().min(1).max(200).optional(),
})
export type AlertDestinations = z.infer<typeof AlertDestinations>

const fields = {
  name: z.string().trim().min(1).max(200),
  description: z.string().max(5000).nullable(),
  rule_type: AlertRule,
  threshold: z.number().describe('of error_rate a fraction: 0.05 is 5 %; of the others a count'),
  comparison_operator: AlertOperator,
  window_seconds: z
    .int()
    .min(60)
    .max(86_400)
    .describe('how far back it looks, by the minute; memory_usage looks at what is kept now'),
  notification_channels: z
    .array(AlertChannel)
    .max(4)
    .refine((list) => new Set(list).size === list.length, 'List should name each channel once'),
  destinations: AlertDestinations,
  enabled: z.boolean(),
}

export const AlertConfigInput = z.strictObject({
  ...fields,
  description: fields.description.default(null),
  comparison_operator: fields.comparison_operator.default('>'),
  window_seconds: fields.window_seconds.default(300),
  notification_channels: fields.notification_channels.default(['webhook']),
  destinations: fields.destinations.default({}),
  enabled: fields.enabled.default(true),
})
export type AlertConfigInput = z.infer<typeof AlertConfigInput>

export const AlertConfigPatch = z.strictObject(fields).partial()
export type AlertConfigPatch = z.infer<typeof AlertConfigPatch>

/** What is watched. */
export const AlertConfig = z.object({
  id: z.string(),
  tenant_id: z.string(),
  ...fields,
  destinations: z.record(z.string(), z.string()).describe('shortened: they are secrets'),
  last_checked_at: timestamp.nullable(),
  created_at: timestamp,
  updated_at: timestamp,
  warnings: z.array(z.string()).describe('channels that nothing can be sent through yet'),
})
export type AlertConfig = z.infer<typeof AlertConfig>

/** What a channel has where an alert names no destination of its own. */
export const AlertChannelState = z.object({
  channel: AlertChannel,
  configured: z.boolean(),
  lacks: z
    .enum(['address', 'routing_key', 'mail_server', 'recipient'])
    .nullable()
    .describe('address and routing_key may stand in the destinations of an alert'),
})
export type AlertChannelState = z.infer<typeof AlertChannelState>

const AlertDelivery = z.object({
  channel: AlertChannel,
  status: z.enum(['pending', 'delivered', 'failed', 'not_delivered']),
  attempts: z.int(),
  reason: z
    .string()
    .nullable()
    .describe('why not, so far or at all; unconfigured: there is nowhere to send it'),
  delivered_at: timestamp.nullable(),
})

/** One time that an alert was raised, and who was told. */
export const AlertHistory = z.object({
  id: z.string(),
  alert_config_id: z.string(),
  triggered_at: timestamp,
  resolved_at: timestamp.nullable(),
  resolved_by: z.string().nullable(),
  message: z.string(),
  metadata: z.record(z.string(), z.json()),
  deliveries: z.array(AlertDelivery),
})
export type AlertHistory = z.infer<typeof AlertHistory>
