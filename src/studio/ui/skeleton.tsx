import { text } from '../text.ts'

/** Grey lines where rows will stand. */
export function SkeletonRows({ rows = 8 }: { rows?: number }) {
  return (
    <div role="status" aria-label={text.common.loading}>
      {Array.from({ length: rows }, (_, row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: all alike
        <div key={row} className="flex h-9 items-center gap-3 border-b border-line px-4">
          <span className="h-3 w-16 rounded-md bg-line" />
          <span
            className="h-3 flex-1 rounded-md bg-line"
            style={{ maxWidth: `${70 - ((row * 17) % 40)}%` }}
          />
        </div>
      ))}
    </div>
  )
}

export function SkeletonCard() {
  return (
    <div role="status" aria-label={text.common.loading} className="space-y-4 p-6">
      <div className="h-4 w-40 rounded-md bg-line" />
      <div className="h-7 w-3/4 rounded-md bg-line" />
      <div className="h-28 rounded-md bg-line" />
      <div className="h-16 rounded-md bg-line" />
    </div>
  )
}
