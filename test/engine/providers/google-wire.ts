import { frame, key, type Wire, type WireCall } from './wire.ts'

const MODEL = 'gemini-2.5-flash'

/** Thoughts are billed as output. */
const USAGE = {
  promptTokenCount: 1000,
  cachedContentTokenCount: 400,
  candidatesTokenCount: 150,
  thoughtsTokenCount: 50,
  totalTokenCount: 1200,
}
const answer = (parts: object[], finishReason?: string) => ({
  candidates: [{ index: 0, content: { role: 'model', parts }, ...(finishReason && { finishReason }) }],
  usageMetadata: USAGE,
  modelVersion: MODEL,
  responseId: 'r1',
})
const called = ({ name, input }: WireCall) => ({ functionCall: { name, args: input } })

const failure = (code: number, status: string, message: string, details?: object[]) => ({
  error: { code, message, status, ...(details && { details }) },
})

export const googleWire: Wire = {
  provider: 'google',
  model: MODEL,
  cents: (600 * 30 + 400 * 3 + 200 * 250) / 1e6,
  key: key('google'),
  path: (model, streamed) =>
    `/models/${model}:${streamed ? 'streamGenerateContent?alt=sse' : 'generateContent'}`,
  headers: { 'x-goog-api-key': key('google') },
  text: (text) => answer([{ text: 'thinking…', thought: true }, { text }], 'STOP'),
  call: (call) => answer([called(call)], 'STOP'),
  streamText: (pieces) => [
    frame(answer([{ text: 'thinking…', thought: true }])),
    ...pieces.map((text) => frame(answer([{ text }]))),
    frame(answer([{ text: '' }], 'STOP')),
  ],
  streamCall: (call) => [frame(answer([called(call)])), frame(answer([{ text: '' }], 'STOP'))],
  failure: (status, message) =>
    failure(status, { 404: 'NOT_FOUND', 429: 'RESOURCE_EXHAUSTED' }[status] ?? 'INVALID_ARGUMENT', message),
  wrongKey: {
    status: 400,
    body: (key) =>
      failure(400, 'INVALID_ARGUMENT', `API key not valid: ${key}. Please pass a valid API key.`, [
        { '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: 'API_KEY_INVALID' },
      ]),
  },
  nonsense: { candidates: [{ content: 'text', finishReason: 7 }] },
  expectText: ({ system, user, maxTokens }) => ({
    systemInstruction: { parts: [{ text: system }] },
    contents: [{ role: 'user', parts: [{ text: user }] }],
    generationConfig: { maxOutputTokens: maxTokens, temperature: 0.3 },
  }),
  expectTool: (name) => ({
    tools: [{ functionDeclarations: [{ name }] }],
    toolConfig: { functionCallingConfig: { mode: 'AUTO' } },
  }),
  expectRound: (call, output) => ({
    contents: [
      { role: 'user' },
      { role: 'model', parts: [called(call)] },
      { role: 'user', parts: [{ functionResponse: { name: call.name, response: { content: output } } }] },
    ],
  }),
  expectSchema: (schema) => ({
    generationConfig: { responseMimeType: 'application/json', responseJsonSchema: schema },
  }),
}

/** Google says in the body and in no header how long to wait. */
export const GOOGLE_BUSY = failure(429, 'RESOURCE_EXHAUSTED', 'Quota exceeded', [
  { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '0.15s' },
])
