/** One argument of a POSIX shell, whatever is in it: ids in a copied command come from agents. */
export function quoteForShell(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}
