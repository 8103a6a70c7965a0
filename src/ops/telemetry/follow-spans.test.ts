import { expect, test } from 'vitest'
import type { Kernel } from '../../kernel/context.ts'
import type { LedgerEvent } from '../../kernel/ledger/seal-event.ts'
import { followSpans } from './follow-spans.ts'
import { openRunTrace } from './run-trace.ts'
import type { EndedSpan } from './span.ts'
import { takeEvent } from './take-event.ts'

const eventOf = (kind: LedgerEvent['kind'], seq: number, payload: object, canon = '') =>
  ({
    kind,
    tenantId: 'default',
    runId: 'run_1',
    seq,
    eventId: `evt_${seq}`,
    occurredNs: BigInt(seq),
    payload,
    canon,
  }) as unknown as LedgerEvent
const decided = (seq: number, canon?: string) =>
  eventOf(
    'decision_recorded',
    seq,
    {
      decision_id: `dec_${seq}`,
      action: 'purchase.create',
      effect: 'allow',
      reason_code: 'OK',
      policy_sha256: '',
    },
    canon,
  )

test('what waits to be traced is bounded by its size, and what is too much is said once', async () => {
  const listeners: ((events: LedgerEvent[]) => void)[] = []
  const told: EndedSpan[] = []
  const said: unknown[] = []
  const kernel = {
    ledger: { subscribe: (listener: (typeof listeners)[0]) => listeners.push(listener) },
    log: { warn: (fields: unknown) => said.push(fields) },
  } as unknown as Kernel
  const follower = followSpans(kernel, {
    isSampled: () => true,
    tell: null,
    onSpans: (spans) => told.push(...spans),
  })
  const large = 'x'.repeat(8 * 1024 * 1024)
  const write = (from: number, count: number, canon: string) =>
    listeners[0]!(Array.from({ length: count }, (_, index) => decided(from + index, canon)))
  write(1, 20, large)
  await follower.drain()
  expect(told).toHaveLength(8)
  expect(said).toEqual([{ reason: 'more is written than can be traced' }])
  // What was told makes room.
  write(9, 8, large)
  await follower.drain()
  expect(told).toHaveLength(16)
})

test('of a run that never ends, a thousand decisions are remembered, and none that was executed', () => {
  const trace = openRunTrace('default', 'run_1')
  for (let seq = 1; seq <= 1_500; seq++) takeEvent(trace, decided(seq), null)
  expect([...trace.decisions.keys()]).toEqual(
    Array.from({ length: 1_000 }, (_, index) => `dec_${index + 501}`),
  )
  const effect = { effect_id: 'eff_1', decision_id: 'dec_1400', action: 'purchase.create', connector: 'book' }
  takeEvent(trace, eventOf('effect_intended', 1_501, effect), null)
  const [span] = takeEvent(trace, eventOf('effect_completed', 1_502, effect), null)
  expect(span).toMatchObject({ name: 'execute_tool purchase.create', parentId: expect.any(String) })
  expect(trace.decisions.has('dec_1400')).toBe(false)
})
