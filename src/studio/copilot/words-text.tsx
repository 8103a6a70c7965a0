import { DataText } from '../ui/data-text.tsx'

/** What the copilot says, line by line: within a line an unseen character is still written out. */
export function WordsText({ value, fold = 1_200 }: { value: string; fold?: number }) {
  return value.split('\n').map((line, index) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: the lines of one text never move
    <span key={index} className="block min-h-5">
      <DataText value={line} plain fold={fold} />
    </span>
  ))
}
