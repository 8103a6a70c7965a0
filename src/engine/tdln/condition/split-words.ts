/** The words of a name or value in small letters: `totalCents`, `total_cents`, `total-cents` and "Total cents" are alike. */
export function splitWords(name: string): string[] {
  return name
    .normalize('NFC')
    .replaceAll(/(\p{Ll}|\p{N})(\p{Lu})/gu, '$1 $2')
    .toLowerCase()
    .split(/[\s_.-]+/)
    .filter((word) => word !== '')
}
