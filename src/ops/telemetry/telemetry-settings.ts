/** What the environment says of traces, by OpenTelemetry's names and by LangSmith's. */
export type TelemetryEnvironment = {
  OTEL_SDK_DISABLED: boolean
  OTEL_TRACES_EXPORTER: string
  OTEL_EXPORTER_OTLP_ENDPOINT?: string | undefined
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT?: string | undefined
  OTEL_EXPORTER_OTLP_HEADERS?: Record<string, string> | undefined
  OTEL_EXPORTER_OTLP_TRACES_HEADERS?: Record<string, string> | undefined
  OTEL_SERVICE_NAME?: string | undefined
  OTEL_RESOURCE_ATTRIBUTES?: Record<string, string> | undefined
  OTEL_TRACES_SAMPLER: string
  OTEL_TRACES_SAMPLER_ARG?: string | undefined
  OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT: boolean
  LOG_LLM_CONTENT: boolean
  LANGSMITH_TRACING: boolean
  LANGSMITH_API_KEY?: string | undefined
  LANGSMITH_PROJECT?: string | undefined
  LANGSMITH_ENDPOINT: string
}

/** Where spans go. */
export type Destination = { url: string; headers: Record<string, string> }

export type TelemetrySettings = {
  destinations: Destination[]
  /** Attributes of the resource: who tells. */
  resource: Record<string, string>
  /** Which part of all runs is told, between 0 and 1. */
  ratio: number
  /** Whether prompts, answers and what tools take and give are told. */
  content: boolean
}

/** What is told and where; null where nothing is, and then nothing is loaded either. */
export function readTelemetrySettings(
  environment: TelemetryEnvironment,
  resource: Record<string, string>,
): TelemetrySettings | null {
  const destinations = destinationsOf(environment)
  const ratio = ratioOf(environment)
  if (environment.OTEL_SDK_DISABLED || destinations.length === 0 || ratio === 0) return null
  const { OTEL_SERVICE_NAME: name, OTEL_RESOURCE_ATTRIBUTES: attributes } = environment
  return {
    destinations,
    resource: { ...resource, ...attributes, ...(name && { 'service.name': name }) },
    ratio,
    content: environment.OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT && environment.LOG_LLM_CONTENT,
  }
}

function destinationsOf(environment: TelemetryEnvironment): Destination[] {
  const destinations: Destination[] = []
  const headers = {
    ...environment.OTEL_EXPORTER_OTLP_HEADERS,
    ...environment.OTEL_EXPORTER_OTLP_TRACES_HEADERS,
  }
  const { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: exact, OTEL_EXPORTER_OTLP_ENDPOINT: base } = environment
  const url = exact ?? (base && below(base, 'v1/traces'))
  if (url && environment.OTEL_TRACES_EXPORTER !== 'none') destinations.push({ url, headers })
  if (environment.LANGSMITH_TRACING && environment.LANGSMITH_API_KEY) {
    const { LANGSMITH_API_KEY: key, LANGSMITH_PROJECT: project, LANGSMITH_ENDPOINT: langsmith } = environment
    destinations.push({
      url: below(langsmith, 'otel/v1/traces'),
      headers: {
        // The exporter adds the headers of the environment to any destination; those of another are not for this one.
        ...Object.fromEntries(Object.keys(headers).map((name) => [name, ''])),
        'x-api-key': key,
        ...(project && { 'Langsmith-Project': project }),
      },
    })
  }
  return destinations
}

const below = (address: string, path: string) => `${address.replace(/\/+$/, '')}/${path}`

/** `parentbased_` makes no difference: the span of a run has no parent. Samplers that are not known sample everything. */
function ratioOf({ OTEL_TRACES_SAMPLER: sampler, OTEL_TRACES_SAMPLER_ARG: argument }: TelemetryEnvironment) {
  switch (sampler.replace(/^parentbased_/, '')) {
    case 'always_off':
      return 0
    case 'traceidratio': {
      const ratio = Number(argument ?? 1)
      return ratio >= 0 && ratio <= 1 ? ratio : 1
    }
    default:
      return 1
  }
}
