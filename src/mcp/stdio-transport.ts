import type { Readable, Writable } from 'node:stream'
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js'
import { ErrorCode, type JSONRPCMessage, JSONRPCMessageSchema } from '@modelcontextprotocol/sdk/types.js'
import { parseIJson } from '../lib/i-json.ts'

const HEADER_END = '\r\n\r\n'
const MAX_MESSAGE_BYTES = 4 * 1024 * 1024

/**
 * MCP over stdio in both framings: one JSON a line, as today's clients speak, and `Content-Length` headers, as older
 * ones do. Answers go out in the framing that came in.
 */
export function createStdioTransport(input: Readable, output: Writable): Transport {
  let buffered: Buffer = Buffer.alloc(0)
  let framed = false
  const transport: Transport = {
    async start() {
      input.on('data', (chunk: Buffer) => {
        buffered = Buffer.concat([buffered, chunk])
        for (let text = takeMessage(); text !== null; text = takeMessage()) receive(text)
      })
      input.on('end', () => transport.onclose?.())
    },
    send(message) {
      const text = JSON.stringify(message)
      const frame = framed ? `Content-Length: ${Buffer.byteLength(text)}${HEADER_END}${text}` : `${text}\n`
      return new Promise((resolve, reject) =>
        output.write(frame, (error) => (error ? reject(error) : resolve())),
      )
    },
    async close() {
      input.pause()
      transport.onclose?.()
    },
  }

  function takeMessage(): string | null {
    if (buffered.length > MAX_MESSAGE_BYTES) {
      buffered = Buffer.alloc(0)
      void refuse(ErrorCode.InvalidRequest, `expected a message of at most ${MAX_MESSAGE_BYTES} bytes`)
      return null
    }
    if (/^\s*content-length\s*:/i.test(buffered.subarray(0, 64).toString('latin1'))) return takeFramed()
    const end = buffered.indexOf('\n')
    if (end < 0) return null
    const line = buffered.subarray(0, end).toString('utf8').trim()
    buffered = buffered.subarray(end + 1)
    if (line === '') return takeMessage()
    framed = false
    return line
  }

  function takeFramed(): string | null {
    const headerEnd = buffered.indexOf(HEADER_END)
    if (headerEnd < 0) return null
    const length = Number(
      /content-length\s*:\s*(\d+)/i.exec(buffered.subarray(0, headerEnd).toString('latin1'))?.[1],
    )
    const start = headerEnd + HEADER_END.length
    if (buffered.length < start + length) return null
    const text = buffered.subarray(start, start + length).toString('utf8')
    buffered = buffered.subarray(start + length)
    framed = true
    return text
  }

  function receive(text: string): void {
    let json: unknown
    try {
      json = parseIJson(text)
    } catch (error) {
      void refuse(ErrorCode.ParseError, (error as Error).message)
      return
    }
    const message = JSONRPCMessageSchema.safeParse(json)
    if (message.success) {
      transport.onmessage?.(message.data as JSONRPCMessage)
      return
    }
    const { jsonrpc, id = null, method, params } = (json ?? {}) as Record<string, unknown>
    if (jsonrpc === '2.0' && typeof method === 'string' && params !== undefined) {
      void refuse(ErrorCode.InvalidParams, 'expected params to be an object', id)
    } else {
      void refuse(ErrorCode.InvalidRequest, 'expected a JSON-RPC 2.0 message', id)
    }
  }

  function refuse(code: number, message: string, id: unknown = null): Promise<void> {
    return transport.send({ jsonrpc: '2.0', id, error: { code, message } } as unknown as JSONRPCMessage)
  }
  return transport
}
