import type { Hex } from 'viem'

export type NodeAnswer<T> =
  | { answered: true; answer: T }
  | { answered: false; message: string; data: Hex | undefined }

/** JSON-RPC's codes of a node that is too busy: asked again it may answer, so it has not said no. */
const BUSY = new Set([-32005, -32002, 429])

/** HTTP's codes of a server that has no time, as against one that refuses. */
const HTTP_BUSY = new Set([408, 425, 429])

/**
 * What a node answered, where a refusal counts as an answer. A node that could not be reached, was too busy or broke has
 * not answered: that is thrown, because nothing may be concluded from it.
 */
export async function asAnswer<T>(request: Promise<T>): Promise<NodeAnswer<T>> {
  try {
    return { answered: true, answer: await request }
  } catch (error) {
    const refusal = findRefusal(error)
    if (!refusal) throw error
    return { answered: false, ...refusal }
  }
}

function findRefusal(error: unknown): { message: string; data: Hex | undefined } | null {
  const causes = causesOf(error)
  if (causes.some(({ code }) => typeof code === 'number' && BUSY.has(code))) return null
  const http = causes.find(({ status }) => typeof status === 'number')?.status as number | undefined
  if (http !== undefined && (http >= 500 || HTTP_BUSY.has(http))) return null
  const refusal = causes.findLast(({ code }) => typeof code === 'number')
  if (!refusal && http === undefined) return null
  const data = causes.map((cause) => hexOf(cause.data)).find((hex) => hex !== undefined)
  const said = refusal ?? causes.at(-1)!
  return { message: String(said.details ?? said.message ?? 'the node refused'), data }
}

function causesOf(error: unknown): Record<string, unknown>[] {
  const causes: Record<string, unknown>[] = []
  let cause = error
  while (cause !== null && typeof cause === 'object' && causes.length < 10) {
    causes.push(cause as Record<string, unknown>)
    cause = (cause as { cause?: unknown }).cause
  }
  return causes
}

/** Nodes give the data of a revert as it is, or within an object. */
function hexOf(data: unknown): Hex | undefined {
  const inner = data !== null && typeof data === 'object' ? (data as { data?: unknown }).data : data
  return typeof inner === 'string' && /^0x([0-9a-f]{2})*$/i.test(inner) ? (inner as Hex) : undefined
}
