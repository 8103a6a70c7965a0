import { z } from 'zod'
import { commaList, text, webUrl } from './forms.ts'

/** How long is kept what can be searched, and who is told of alerts. */
export const OPERATIONS_SETTINGS = {
  COUNTERSIGN_AUDIT_RETENTION_DAYS: {
    schema: z.coerce.number().int().min(1).max(36_500).default(90),
    about: 'how long the audit log can be searched; the ledger it is made from keeps everything',
  },
  COUNTERSIGN_ALERT_INTERVAL_SECONDS: {
    schema: z.coerce.number().int().min(0).max(86_400).default(300),
    about: 'how often alerts are looked at; 0 means only when somebody asks',
  },
  ALERT_WEBHOOK_URL: {
    schema: webUrl.optional(),
    about: 'where alerts of the first tenant are posted, unless an alert names another',
    secret: true,
  },
  ALERT_SLACK_WEBHOOK_URL: {
    schema: webUrl.optional(),
    about: 'the incoming webhook of Slack for alerts of the first tenant',
    secret: true,
  },
  ALERT_PAGERDUTY_ROUTING_KEY: {
    schema: text.optional(),
    about: 'the integration key of PagerDuty (Events API v2) for alerts of the first tenant',
    secret: true,
  },
  ALERT_PAGERDUTY_URL: {
    schema: webUrl.default('https://events.pagerduty.com'),
    about: 'where PagerDuty takes events',
  },
  ALERT_EMAIL_TO: {
    schema: commaList,
    about:
      'who gets e-mail about alerts of the first tenant, comma-separated; elsewhere its administrators do',
  },
  ALERT_EMAIL_FROM: {
    schema: text.default('countersign@localhost'),
    about: 'who e-mail about alerts comes from',
  },
  SMTP_URL: {
    schema: z.url({ protocol: /^smtps?$/ }).optional(),
    about: 'the mail server for alerts, e.g. smtps://user:password@mail.example.com',
    secret: true,
  },
} as const
