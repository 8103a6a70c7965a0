/** Room for what waits, by number and by size in bytes. */
export type Room = { number: number; bytes: number }

/** Keeps count of what is held: what does not fit is not taken. */
export function makeRoom(most: Room) {
  const held: Room = { number: 0, bytes: 0 }
  return {
    take(bytes: number): boolean {
      if (held.number >= most.number || held.bytes + bytes > most.bytes) return false
      held.number++
      held.bytes += bytes
      return true
    },
    free(bytes: number): void {
      held.number--
      held.bytes -= bytes
    },
  }
}
