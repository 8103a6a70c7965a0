/**
 * When the next block comes at the earliest, in seconds by the clock of the chain. A devnet makes no block while nobody
 * sends anything: its newest may be hours old, and a deadline that is counted from there is over before anybody signs.
 *
 * @param now the server's clock, in milliseconds; a chain may be ahead of it.
 */
export const nextBlockTime = (newestBlockTime: number, now: number): number =>
  Math.max(newestBlockTime, Math.floor(now / 1000))
