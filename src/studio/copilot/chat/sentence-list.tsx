import { Revealed } from '../../ui/data-text.tsx'

/** Sentences that would be understood; one that is picked goes to where one speaks, and is not sent yet. */
export function SentenceList({
  sentences,
  onPick,
}: {
  sentences: readonly string[]
  onPick(sentence: string): void
}) {
  return (
    <ul className="flex flex-wrap gap-2">
      {sentences.map((sentence) => (
        <li key={sentence} className="max-w-full">
          <button
            type="button"
            onClick={() => onPick(sentence)}
            className="min-h-8 rounded-md border border-muted/50 bg-panel px-2 py-1 text-left text-13 wrap-anywhere hover:border-text"
          >
            <Revealed value={sentence} />
          </button>
        </li>
      ))}
    </ul>
  )
}
