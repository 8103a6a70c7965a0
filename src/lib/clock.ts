/** Where the time comes from, so that tests can stand still or jump. Milliseconds since the Unix epoch. */
export type Clock = { now(): number }

export const systemClock: Clock = { now: () => Date.now() }
