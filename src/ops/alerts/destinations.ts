import { AlertChannel, type AlertChannelState, type AlertDestinations } from './schema.ts'

/** What the operator configured. Messages of the installation's tenant go there unless an alert says otherwise. */
export type ChannelSettings = {
  webhookUrl: string | null
  slackUrl: string | null
  pagerdutyRoutingKey: string | null
  pagerdutyUrl: string
  emailTo: string[]
  emailFrom: string
  smtpUrl: string | null
}

/** Where a message goes. `trusted`: the operator named the address, so it may be a private one. */
export type Destination =
  | { type: 'webhook' | 'slack'; url: string; trusted: boolean }
  | { type: 'pagerduty'; url: string; routingKey: string; trusted: true }
  | { type: 'email'; smtpUrl: string; from: string; to: string[] }

type Owner = {
  destinations: AlertDestinations
  /** Whether it is the installation's own tenant. */
  ofInstallation: boolean
  /** The e-mails of the tenant's administrators: nobody else's mailbox can be named by a tenant. */
  administrators: string[]
}

/** Where a channel leads to; null when nothing is configured for it. */
export function findDestination(
  channel: AlertChannel,
  { destinations, ofInstallation, administrators }: Owner,
  settings: ChannelSettings,
): Destination | null {
  const own = <T>(value: T | null): T | null => (ofInstallation ? value : null)
  switch (channel) {
    case 'webhook':
      return post(channel, destinations.webhook_url, own(settings.webhookUrl))
    case 'slack':
      return post(channel, destinations.slack_webhook_url, own(settings.slackUrl))
    case 'pagerduty': {
      const routingKey = destinations.pagerduty_routing_key ?? own(settings.pagerdutyRoutingKey)
      const url = new URL('/v2/enqueue', settings.pagerdutyUrl).href
      return routingKey ? { type: channel, url, routingKey, trusted: true } : null
    }
    case 'email': {
      const to = ofInstallation && settings.emailTo.length > 0 ? settings.emailTo : administrators
      const { smtpUrl, emailFrom: from } = settings
      return smtpUrl && to.length > 0 ? { type: channel, smtpUrl, from, to } : null
    }
  }
}

/** What each channel leads to by the settings alone, and what it lacks. */
export function describeChannels(
  owner: Omit<Owner, 'destinations'>,
  settings: ChannelSettings,
): AlertChannelState[] {
  return AlertChannel.options.map((channel) => {
    const configured = findDestination(channel, { ...owner, destinations: {} }, settings) !== null
    return { channel, configured, lacks: configured ? null : lackOf(channel, settings) }
  })
}

function lackOf(channel: AlertChannel, { smtpUrl }: ChannelSettings): AlertChannelState['lacks'] {
  if (channel === 'email') return smtpUrl === null ? 'mail_server' : 'recipient'
  return channel === 'pagerduty' ? 'routing_key' : 'address'
}

function post(
  type: 'webhook' | 'slack',
  named: string | undefined,
  configured: string | null,
): Destination | null {
  if (named) return { type, url: named, trusted: false }
  return configured ? { type, url: configured, trusted: true } : null
}

/** Enough to recognise it by: the rest of such an address, or key, is what lets anybody post there. */
export function shortenDestinations(destinations: AlertDestinations): Record<string, string> {
  return Object.fromEntries(
    Object.entries(destinations as Record<string, string>).map(([name, value]) => [
      name,
      name.endsWith('_url') ? `${new URL(value).origin}/…` : `…${value.slice(-4)}`,
    ]),
  )
}
