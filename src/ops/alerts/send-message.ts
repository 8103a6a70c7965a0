import { withGuardedFetch } from '../../lib/guarded-fetch.ts'
import type { Destination } from './destinations.ts'
import { NotTakenError } from './explain-failure.ts'
import type { AlertOperator, AlertRule } from './schema.ts'

/** What people are told. */
export type AlertMessage = {
  historyId: string
  alertId: string
  name: string
  tenantId: string
  installation: string
  ruleType: AlertRule
  operator: AlertOperator
  threshold: number
  windowSeconds: number
  value: number
  text: string
  triggeredAt: string
}

const TIMEOUT_MS = 8_000

/**
 * Sends a message once. Addresses that a tenant named must be public; redirects are not followed.
 *
 * @throws NotTakenError for an answer that is no yes, and whatever a connection fails with: `explainFailure` has words for both.
 */
export async function sendMessage(destination: Destination, message: AlertMessage): Promise<void> {
  switch (destination.type) {
    case 'webhook':
      return postJson(destination, message.historyId, bodyOf(message))
    case 'slack':
      return postJson(destination, message.historyId, slackBodyOf(message))
    case 'pagerduty':
      return postJson(destination, message.historyId, pagerdutyBodyOf(destination.routingKey, message))
    case 'email':
      return sendMail(destination, message)
  }
}

function postJson(
  { url, trusted }: { url: string; trusted: boolean },
  key: string,
  body: object,
): Promise<void> {
  return withGuardedFetch(trusted ? [new URL(url).origin] : [], async (guardedFetch) => {
    const response = await guardedFetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': key },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    })
    await response.body?.cancel()
    if (!response.ok) throw new NotTakenError(response.status)
  })
}

function bodyOf(message: AlertMessage) {
  const { alertId, name, ruleType, operator, threshold, windowSeconds, value } = message
  return {
    id: message.historyId,
    alert: {
      id: alertId,
      name,
      rule_type: ruleType,
      comparison_operator: operator,
      threshold,
      window_seconds: windowSeconds,
    },
    tenant_id: message.tenantId,
    installation: message.installation,
    message: message.text,
    value,
    triggered_at: message.triggeredAt,
  }
}

function slackBodyOf({ text, ruleType, value, operator, threshold, tenantId, triggeredAt }: AlertMessage) {
  const field = (title: string, told: string) => ({ title, value: told, short: true })
  return {
    text,
    attachments: [
      {
        color: 'danger',
        fields: [
          field('Rule', `${ruleType} ${operator} ${threshold}`),
          field('Value', String(value)),
          field('Tenant', tenantId),
          field('At', triggeredAt),
        ],
      },
    ],
  }
}

function pagerdutyBodyOf(routingKey: string, message: AlertMessage) {
  return {
    routing_key: routingKey,
    event_action: 'trigger',
    dedup_key: message.historyId,
    payload: {
      summary: message.text.slice(0, 1024),
      source: message.installation,
      severity: 'error',
      timestamp: message.triggeredAt,
      custom_details: bodyOf(message),
    },
  }
}

async function sendMail(
  { smtpUrl, from, to }: Extract<Destination, { type: 'email' }>,
  message: AlertMessage,
): Promise<void> {
  // Loaded with the first mail: where none is sent, no start waits for it.
  const { createTransport } = await import('nodemailer')
  const transport = createTransport({
    url: smtpUrl,
    connectionTimeout: TIMEOUT_MS,
    greetingTimeout: TIMEOUT_MS,
    socketTimeout: TIMEOUT_MS,
  })
  try {
    await transport.sendMail({
      from,
      to,
      subject: `Countersign: ${message.name}`,
      text: `${message.text}.\n\nRule: ${message.ruleType} ${message.operator} ${message.threshold}\nValue: ${message.value}\nTenant: ${message.tenantId}\nInstallation: ${message.installation}\nAt: ${message.triggeredAt}\nId: ${message.historyId}\n`,
      messageId: `<${message.historyId}@${message.installation}>`,
      disableFileAccess: true,
      disableUrlAccess: true,
    })
  } finally {
    transport.close()
  }
}
