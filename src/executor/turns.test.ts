import { setImmediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { openTurns } from './turns.ts'

const never = new AbortController().signal

/** Work that is done when it is told to. */
function held() {
  const { promise, resolve } = Promise.withResolvers<void>()
  return { work: () => promise, end: resolve }
}

test('no more run at once than may, and those that wait come in their order', async () => {
  const turns = openTurns(2)
  const began: number[] = []
  const holds = [held(), held(), held(), held()]
  const all = holds.map(({ work }, index) =>
    turns.take(never, async () => {
      began.push(index)
      await work()
    }),
  )
  expect(began).toEqual([0, 1])
  holds[1]!.end()
  await all[1]
  await setImmediate()
  expect(began).toEqual([0, 1, 2])
  for (const { end } of holds) end()
  await Promise.all(all)
  expect(began).toEqual([0, 1, 2, 3])
})

test('work that fails gives its place back', async () => {
  const turns = openTurns(1)
  await expect(turns.take(never, () => Promise.reject(new Error('broken')))).rejects.toThrow('broken')
  expect(await turns.take(never, async () => 'next')).toBe('next')
})

test('whoever leaves while it waits is never begun, and a queue that is full takes nobody', async () => {
  const turns = openTurns(1)
  const first = held()
  const running = turns.take(never, first.work)
  const leaving = new AbortController()
  const left = turns.take(leaving.signal, () => expect.fail('it had left'))
  const waiting = Array.from({ length: 63 }, () => turns.take(never, async () => 'done'))
  await expect(turns.take(never, async () => 'one too many')).rejects.toMatchObject({ code: 'EXECUTOR_BUSY' })
  leaving.abort()
  await expect(left).rejects.toMatchObject({ code: 'EXECUTOR_BUSY', status: 503 })
  first.end()
  await running
  expect(new Set(await Promise.all(waiting))).toEqual(new Set(['done']))
})
