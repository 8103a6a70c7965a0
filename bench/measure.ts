/** Medians of interleaved goes: noise of the machine then hits every contender alike. */
export async function interleave(
  goes: number,
  contenders: Record<string, () => Promise<number>>,
): Promise<Record<string, number>> {
  const samples: Record<string, number[]> = {}
  for (let go = 0; go < goes; go++) {
    for (const [name, measure] of Object.entries(contenders)) {
      samples[name] ??= []
      samples[name].push(await measure())
    }
  }
  return Object.fromEntries(Object.entries(samples).map(([name, values]) => [name, median(values)]))
}

export function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[sorted.length >> 1]!
}

/** How many a second, when so many callers do it one after the other for so long. */
export async function ratePerSecond(
  callers: number,
  ms: number,
  once: (caller: number) => Promise<unknown>,
): Promise<number> {
  const end = performance.now() + ms
  const started = performance.now()
  let count = 0
  await Promise.all(
    Array.from({ length: callers }, async (_, caller) => {
      while (performance.now() < end) {
        await once(caller)
        count++
      }
    }),
  )
  return count / ((performance.now() - started) / 1000)
}

export const rounded = (value: number) => Math.round(value).toLocaleString('en')
export const ratio = (value: number) => `${value.toFixed(2)}×`

export function printTable(title: string, rows: Record<string, string | number>[]): void {
  console.log(`\n${title}`)
  console.table(Object.fromEntries(rows.map((row, index) => [index + 1, row])))
}
