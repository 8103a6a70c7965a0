import { expect, test } from 'vitest'
import type { AlertConfig } from '../../ops/alerts/schema.ts'
import { alertOf, draftOf, NEW_ALERT, sayThreshold, sayWindow } from './alert-draft.ts'

const SAVED: AlertConfig = {
  id: 'alert_1',
  tenant_id: 'default',
  name: 'Failures',
  description: null,
  rule_type: 'error_rate',
  threshold: 0.07,
  window_seconds: 90,
  comparison_operator: '>=',
  notification_channels: ['slack'],
  destinations: { slack_webhook_url: 'https://hooks.example.com/…' },
  enabled: false,
  last_checked_at: null,
  created_at: '2026-11-01T00:00:00Z',
  updated_at: '2026-11-01T00:00:00Z',
  warnings: [],
}

test('a rate is written in percent and sent as a fraction; nothing else is', () => {
  const draft = draftOf(SAVED)
  expect(draft.threshold).toBe('7')
  expect(sayThreshold('error_rate', 0.07)).toBe('7 %')
  expect(alertOf({ ...draft, threshold: '12,5' }).body).toMatchObject({ threshold: 0.125 })
  expect(alertOf({ ...draft, rule_type: 'policy_denials', threshold: '12' }).body).toMatchObject({
    threshold: 12,
  })
})

test('a window is written in minutes and sent in whole seconds, from a minute to a day', () => {
  const draft = draftOf(SAVED)
  expect(draft.window).toBe('1.5')
  expect(alertOf(draft).body).toMatchObject({ window_seconds: 90 })
  expect([60, 90, 3600, 86_400].map(sayWindow)).toEqual(['1 min', '90 s', '1 h', '24 h'])
  const written = ['1', '1,5', '1440', '', '0.5', '1441', '1.01', 'long']
  expect(written.map((window) => alertOf({ ...draft, window }).faults)).toEqual([
    [],
    [],
    [],
    ...Array.from({ length: 5 }, () => ['window_seconds']),
  ])
  // What is kept now has none, and its field is not there to be mended.
  const { body } = alertOf({ ...draft, rule_type: 'memory_usage', window: 'long' })
  expect(body).not.toBeNull()
  expect(body).not.toHaveProperty('window_seconds')
})

test('saved addresses are left alone until somebody writes new ones, which replace them all', () => {
  const draft = draftOf(SAVED)
  expect(alertOf(draft).body).not.toHaveProperty('destinations')
  const destinations = {
    webhook_url: ' https://example.com/hook ',
    slack_webhook_url: '',
    pagerduty_routing_key: '',
  }
  expect(alertOf({ ...draft, destinations }).body).toMatchObject({
    destinations: { webhook_url: 'https://example.com/hook' },
  })
})

test('a rule needs a name and a number', () => {
  expect(alertOf({ ...NEW_ALERT, threshold: '' }).faults).toEqual(['name', 'threshold'])
  expect(alertOf({ ...NEW_ALERT, name: 'x', threshold: 'many' }).faults).toEqual(['threshold'])
  expect(alertOf({ ...NEW_ALERT, name: 'x' }).body).toMatchObject({
    name: 'x',
    threshold: 0.05,
    destinations: {},
  })
})
