import { expect, test } from 'vitest'
import { readTelemetrySettings, type TelemetryEnvironment } from './telemetry-settings.ts'

const COLLECTOR = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318/' }
const read = (environment: Partial<TelemetryEnvironment>) =>
  readTelemetrySettings(
    {
      OTEL_SDK_DISABLED: false,
      OTEL_TRACES_EXPORTER: 'otlp',
      OTEL_TRACES_SAMPLER: 'parentbased_always_on',
      OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT: false,
      LOG_LLM_CONTENT: true,
      LANGSMITH_TRACING: false,
      LANGSMITH_ENDPOINT: 'https://api.smith.langchain.com',
      ...environment,
    },
    { 'service.name': 'countersign' },
  )

test.each<[what: string, environment: Partial<TelemetryEnvironment>]>([
  ['nothing is configured', {}],
  ['the SDK is disabled', { ...COLLECTOR, OTEL_SDK_DISABLED: true }],
  ['the exporter is none', { ...COLLECTOR, OTEL_TRACES_EXPORTER: 'none' }],
  ['nothing is sampled', { ...COLLECTOR, OTEL_TRACES_SAMPLER: 'always_off' }],
  [
    'no part of all is sampled',
    { ...COLLECTOR, OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: '0' },
  ],
  ['LangSmith has no key', { LANGSMITH_TRACING: true }],
  ['a key of LangSmith alone is there', { LANGSMITH_API_KEY: 'key' }],
])('nothing is traced where %s', (_what, environment) => {
  expect(read(environment)).toBeNull()
})

test('an address of its own for traces goes before the one for everything, and is taken as it is', () => {
  expect(read(COLLECTOR)!.destinations).toEqual([{ url: 'http://127.0.0.1:4318/v1/traces', headers: {} }])
  const exact = { ...COLLECTOR, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'https://example.com/x' }
  expect(read(exact)!.destinations).toEqual([{ url: 'https://example.com/x', headers: {} }])
})

test('headers for traces go before those for everything, and names of the environment before ours', () => {
  const settings = read({
    ...COLLECTOR,
    OTEL_EXPORTER_OTLP_HEADERS: { a: '1', b: '1' },
    OTEL_EXPORTER_OTLP_TRACES_HEADERS: { b: '2' },
    OTEL_SERVICE_NAME: 'gate',
    OTEL_RESOURCE_ATTRIBUTES: { 'service.name': 'other', team: 'x' },
  })!
  expect(settings.destinations[0]!.headers).toEqual({ a: '1', b: '2' })
  expect(settings.resource).toEqual({ 'service.name': 'gate', team: 'x' })
})

test('a sampler that nobody knows samples everything', () => {
  const ratioOf = (sampler: string, argument?: string) =>
    read({ ...COLLECTOR, OTEL_TRACES_SAMPLER: sampler, OTEL_TRACES_SAMPLER_ARG: argument })!.ratio
  expect(ratioOf('parentbased_traceidratio', '0.25')).toBe(0.25)
  expect(ratioOf('traceidratio')).toBe(1)
  expect(ratioOf('traceidratio', 'many')).toBe(1)
  expect(ratioOf('xray')).toBe(1)
})

test('texts are told when both switches say so', () => {
  const content = (capture: boolean, log: boolean) =>
    read({
      ...COLLECTOR,
      OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT: capture,
      LOG_LLM_CONTENT: log,
    })!.content
  expect([content(true, true), content(true, false), content(false, true)]).toEqual([true, false, false])
})
