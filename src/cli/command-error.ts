/** A command cannot do what it was asked; the message is all that is printed. */
export class CommandError extends Error {
  override readonly name = 'CommandError'
}
