import { createTransport, type EIP1193RequestFn, fallback, type Transport } from 'viem'
import type { Json } from '../../lib/canonical-json.ts'
import { type BatchSupport, batchCalls, type Call } from './batch-calls.ts'
import { checkAnswer } from './check-answer.ts'
import { describeAnswer } from './describe-answer.ts'
import { describeCall } from './describe-call.ts'
import { WrongChainError } from './errors.ts'
import { endpointName } from './mask-urls.ts'

/** One call of an RPC, as a run may keep it. It holds nothing that the address keeps secret. */
export type RpcRecord = {
  /** What was called, e.g. `web3.eth_getBalance` or `web3.erc20.balanceOf`. */
  name: string
  /** With the host that was asked. */
  request: Json
  response: Json
  error: string | null
  startedAt: string
  endedAt: string
}
export type RecordRpc = (record: RpcRecord) => void

export type Endpoint = BatchSupport & {
  url: string
  /** That it answers for its chain; asked once, and again only where nobody answered. */
  verified: Promise<void> | null
}

type Options = {
  chainId: number
  endpoints: Endpoint[]
  timeoutMs: number
  mask: (text: string) => string
  record: RecordRpc | undefined
}

/** The addresses of a chain, which take over from each other in their order. Each is checked before it is believed. */
export const makeTransport = (options: Options): Transport =>
  fallback(
    options.endpoints.map((endpoint) => checkedHttp(endpoint, options)),
    { retryCount: 1, retryDelay: 100 },
  )

function checkedHttp(endpoint: Endpoint, options: Options): Transport {
  const { chainId, timeoutMs } = options
  // Made once: what is asked at the same moment has to come through the same one.
  const transport = createTransport(
    {
      key: 'http',
      name: 'HTTP JSON-RPC',
      type: 'http',
      retryCount: 0,
      timeout: timeoutMs,
      request: batchCalls(endpoint.url, timeoutMs, endpoint) as EIP1193RequestFn,
    },
    { url: endpoint.url },
  )
  const ask = (request: Call): Promise<unknown> =>
    recorded(request, endpoint, options, async () => {
      const answer: unknown = await transport.request(request as never)
      checkAnswer(request.method, answer)
      return answer
    })
  const verify = async () => {
    const answered = Number(await ask({ method: 'eth_chainId' }))
    if (answered !== chainId) {
      throw new WrongChainError(`at ${endpointName(endpoint.url)} answers for chain ${answered}`)
    }
  }
  const checked = {
    ...transport,
    request: (async (request) => {
      endpoint.verified ??= verify().catch((error) => {
        if (!(error instanceof WrongChainError)) endpoint.verified = null
        throw error
      })
      await endpoint.verified
      return ask(request as never)
    }) as EIP1193RequestFn,
  }
  return () => checked
}

async function recorded(
  { method, params }: { method: string; params?: unknown },
  { url }: Endpoint,
  { chainId, mask, record }: Options,
  ask: () => Promise<unknown>,
): Promise<unknown> {
  if (!record) return ask()
  const startedAt = new Date().toISOString()
  const tell = (response: Json, error: string | null) => {
    const { name, request } = describeCall(method, params)
    record({
      name,
      request: { chainId, endpoint: mask(endpointName(url)), ...request },
      response,
      error,
      startedAt,
      endedAt: new Date().toISOString(),
    })
  }
  try {
    const response = await ask()
    tell(maskJson(describeAnswer(method, response as Json), mask), null)
    return response
  } catch (error) {
    const { shortMessage, details, message } = error as {
      shortMessage?: string
      details?: string
      message: string
    }
    tell(null, mask([shortMessage ?? message, details].filter(Boolean).join(' ')))
    throw error
  }
}

/** An answer may repeat the address it came from. Masked text is JSON still: what is masked holds no quotes. */
function maskJson(answer: Json, mask: (text: string) => string): Json {
  // Most answers are figures and bytes, in which there is nothing to find.
  if (typeof answer === 'string' && /^0x[0-9a-f]*$/.test(answer)) return answer
  const text = JSON.stringify(answer) ?? 'null'
  const masked = mask(text)
  try {
    return JSON.parse(masked)
  } catch {
    return masked
  }
}
