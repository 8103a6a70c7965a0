import type {
  LanguageModelV4,
  LanguageModelV4CallOptions,
  LanguageModelV4GenerateResult,
  LanguageModelV4StreamPart,
} from '@ai-sdk/provider'
import { canonicalJson } from '../../lib/canonical-json.ts'
import { sha256 } from '../../lib/hash.ts'
import { ModelError } from './model-error.ts'

/** Where recorded answers are kept: texts under keys. */
export type RecordingStore = {
  get(key: string): Promise<string | undefined>
  set(key: string, value: string): Promise<void>
}

/** How often each request was made: the third time a request is asked, it is answered as the third time. */
type Occurrences = Map<string, number>

/**
 * A recording of one run. The same question may be asked more than once in a run and be answered differently, so the
 * models of a run share one recording, and a repeat of the run makes a new one over the same store.
 */
export function openRecording(store: RecordingStore) {
  const occurrences: Occurrences = new Map()
  return {
    /** A model that answers as the given one and keeps each answer. */
    record: (model: LanguageModelV4) => recordModel(model, store, occurrences),
    /** A model that answers from what was kept, and reaches nothing. */
    replay: (model: { provider: string; modelId: string }) => replayModel(model, store, occurrences),
  }
}

function recordModel(
  model: LanguageModelV4,
  store: RecordingStore,
  occurrences: Occurrences,
): LanguageModelV4 {
  return {
    specificationVersion: 'v4',
    provider: model.provider,
    modelId: model.modelId,
    supportedUrls: model.supportedUrls,
    async doGenerate(options) {
      const result = await model.doGenerate(options)
      await store.set(nextKey('generate', options, occurrences), write(withoutTransport(result)))
      return result
    },
    async doStream(options) {
      const { stream } = await model.doStream(options)
      const parts: LanguageModelV4StreamPart[] = []
      const keeping = new TransformStream<LanguageModelV4StreamPart, LanguageModelV4StreamPart>({
        transform(part, controller) {
          if (part.type !== 'raw') parts.push(part)
          controller.enqueue(part)
        },
        // A stream that breaks off never gets here: half an answer is not kept.
        flush: () => store.set(nextKey('stream', options, occurrences), write(parts)),
      })
      return { stream: stream.pipeThrough(keeping) }
    },
  }
}

function replayModel(
  model: { provider: string; modelId: string },
  store: RecordingStore,
  occurrences: Occurrences,
): LanguageModelV4 {
  const find = async (mode: 'generate' | 'stream', options: LanguageModelV4CallOptions) => {
    options.abortSignal?.throwIfAborted()
    const key = nextKey(mode, options, occurrences)
    const kept = await store.get(key)
    if (kept !== undefined) return read(kept)
    throw new ModelError(
      'MODEL_UNAVAILABLE',
      `${model.provider}/${model.modelId} was not recorded with this request (${key.slice(0, 20)}…); record the run again`,
      false,
    )
  }
  return {
    specificationVersion: 'v4',
    provider: model.provider,
    modelId: model.modelId,
    supportedUrls: {},
    async doGenerate(options) {
      return (await find('generate', options)) as LanguageModelV4GenerateResult
    },
    async doStream(options) {
      const parts = (await find('stream', options)) as LanguageModelV4StreamPart[]
      return { stream: ReadableStream.from(parts) as ReadableStream<LanguageModelV4StreamPart> }
    },
  }
}

/**
 * What decides an answer: the whole request without its transport, and which time it is answered. Attempts that fail are
 * not counted, so a run that had to try twice replays in one. What is another in every run although it means the same
 * (times, ids, hashes) does not count, and neither does who answers: offline nobody of them can.
 */
function nextKey(
  mode: 'generate' | 'stream',
  options: LanguageModelV4CallOptions,
  occurrences: Occurrences,
): string {
  const { abortSignal: _signal, headers: _headers, includeRawChunks: _raw, ...request } = options
  const plain = JSON.parse(withoutRunOnly(write(request))) as unknown
  const hash = sha256(canonicalJson({ mode, request: plain })).toString('hex')
  const count = (occurrences.get(hash) ?? 0) + 1
  occurrences.set(hash, count)
  return `${hash}:${count}`
}

const RUN_ONLY: [RegExp, string][] = [
  [/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g, '<time>'],
  [/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g, '<id>'],
  [/\b[0-9a-f]{64}\b/g, '<hash>'],
  [/("duration_ms\\*":)[0-9.]+/g, '$10'],
]

const withoutRunOnly = (text: string) =>
  RUN_ONLY.reduce((plain, [pattern, sign]) => plain.replace(pattern, sign), text)

/** Headers, bodies and addresses of the exchange may hold secrets and decide nothing. */
function withoutTransport(result: LanguageModelV4GenerateResult): LanguageModelV4GenerateResult {
  const { request: _request, response, ...kept } = result
  if (!response) return kept
  const { headers: _headers, body: _body, ...metadata } = response
  return { ...kept, response: metadata }
}

/** JSON with what JSON lacks and model answers hold: times and bytes. */
function write(value: unknown): string {
  return JSON.stringify(value, function (this: Record<string, unknown>, key, written) {
    const original = this[key]
    if (original instanceof Date) return { $date: original.toISOString() }
    if (original instanceof Uint8Array) return { $bytes: Buffer.from(original).toString('base64') }
    return written
  })
}

function read(text: string): unknown {
  return JSON.parse(text, (_key, value) => {
    if (typeof value?.$date === 'string') return new Date(value.$date)
    if (typeof value?.$bytes === 'string') return new Uint8Array(Buffer.from(value.$bytes, 'base64'))
    return value
  })
}
