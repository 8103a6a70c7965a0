/** Somebody by the first letters of their name: pictures stand elsewhere, and this page loads nothing from there. */
export function Initials({ name, isLarge = false }: { name: string; isLarge?: boolean }) {
  const words = name.trim().split(/\s+/)
  const letters = [words[0], words.length > 1 ? words.at(-1) : undefined]
    .map((word) => [...(word ?? '')].find((letter) => /[\p{L}\p{N}]/u.test(letter)) ?? '')
    .join('')
    .toUpperCase()
  return (
    <span
      aria-hidden="true"
      className={`inline-flex shrink-0 items-center justify-center rounded-md border border-line bg-panel font-semibold text-muted ${isLarge ? 'size-12 text-16' : 'size-7 text-12'}`}
    >
      {letters}
    </span>
  )
}
