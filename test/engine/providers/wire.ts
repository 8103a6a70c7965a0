import type { IncomingHttpHeaders } from 'node:http'

/** What a provider is asked, as it came over the wire. */
export type WireRequest = {
  /** When it came, in milliseconds. */
  at: number
  method: string
  path: string
  headers: IncomingHttpHeaders
  // biome-ignore lint/suspicious/noExplicitAny: bodies have the shape of their provider, which tests assert
  body: any
}

/** A tool call as a model asks for it: the name it was offered under and what it is to get. */
export type WireCall = { name: string; input: Record<string, unknown> }

/**
 * What one provider sends and expects. Every answer counts 1000 tokens of input, 400 of them kept from earlier calls where
 * the provider tells so, and 200 of output.
 */
export type Wire = {
  provider: string
  model: string
  /** What such an answer costs by the price table. */
  cents: number
  key: string
  /** The path below the base address. */
  path: (model: string, streamed: boolean) => string
  /** The headers that carry the key and the version of the wire. */
  headers: Record<string, string>
  text(text: string): object
  call(call: WireCall): object
  /** The same as the frames of a stream; the first half of a text holds its first pieces. */
  streamText(pieces: string[]): string[]
  streamCall(call: WireCall): string[]
  /** A failure in the provider's words. */
  failure(status: number, message: string): object
  /** How a wrong key is refused. */
  wrongKey: { status: number; body: (key: string) => object }
  /** An answer that is JSON and no answer. */
  nonsense: object
  /** What a request is expected to hold, for `expect(body).toMatchObject`. */
  expectText(said: { system: unknown; user: unknown; maxTokens: number }): object
  expectTool(name: string): object
  expectRound(call: WireCall, output: unknown): object
  expectSchema(schema: unknown): object
}

export const key = (provider: string) => `${provider}-key-0123456789`

/** A frame of server-sent events. */
export const frame = (data: object | string, event?: string) =>
  `${event ? `event: ${event}\n` : ''}data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`
