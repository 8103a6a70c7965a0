import { z } from 'zod'
import { flag, pairs, text, webUrl } from './forms.ts'

/** Logs and traces, and what only the start looks at. */
export const TELEMETRY_SETTINGS = {
  LOG_LEVEL: {
    schema: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']).default('info'),
    about: 'how much to log',
  },
  LOG_JSON: { schema: flag.default(false), about: 'log JSON lines instead of text' },
  OTEL_EXPORTER_OTLP_ENDPOINT: {
    schema: webUrl.optional(),
    about: 'collector that gets traces of runs, OTLP over HTTP, e.g. http://127.0.0.1:4318; none without it',
  },
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: {
    schema: webUrl.optional(),
    about: 'the same as a whole address, taken as it is',
  },
  OTEL_EXPORTER_OTLP_HEADERS: {
    schema: pairs,
    about: 'headers for the collector, name=value, comma-separated',
    secret: true,
  },
  OTEL_EXPORTER_OTLP_TRACES_HEADERS: {
    schema: pairs,
    about: 'more of them; they go before those above',
    secret: true,
  },
  OTEL_SERVICE_NAME: {
    schema: text.optional(),
    about: 'what traces call this service; countersign without it',
  },
  OTEL_RESOURCE_ATTRIBUTES: {
    schema: pairs,
    about: 'what else traces say of it, name=value, comma-separated',
  },
  OTEL_TRACES_EXPORTER: {
    schema: z.string().default('otlp'),
    about: 'none sends nothing to the collector above',
  },
  OTEL_TRACES_SAMPLER: {
    schema: z.string().default('parentbased_always_on'),
    about: 'which runs are traced: always_on, always_off or traceidratio; parentbased_ makes no difference',
  },
  OTEL_TRACES_SAMPLER_ARG: {
    schema: text.optional(),
    about: 'with traceidratio the part of all runs, between 0 and 1',
  },
  OTEL_SDK_DISABLED: { schema: flag.default(false), about: 'true sends no traces anywhere' },
  OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT: {
    schema: flag.default(false),
    about:
      'true puts prompts, answers, and what tools take and give into traces, unless LOG_LLM_CONTENT is false',
  },
  LANGSMITH_TRACING: {
    schema: flag.default(false),
    about: 'true sends traces to LangSmith, beside a collector; needs the next one',
  },
  LANGSMITH_API_KEY: { schema: text.optional(), about: 'the key for LangSmith', secret: true },
  LANGSMITH_PROJECT: { schema: text.optional(), about: 'the project in LangSmith' },
  LANGSMITH_ENDPOINT: {
    schema: webUrl.default('https://api.smith.langchain.com'),
    about: 'where LangSmith is',
  },
  NODE_ENV: {
    schema: z.string().default('development'),
    about: 'production refuses to start without AUTH_SECRET',
  },
  COUNTERSIGN_CRASH_POINT: { schema: text.optional(), about: 'tests only: end the process at a named point' },
} as const
