/** A command cannot do what it was asked; the message is all that is printed. */
export class CommandError extends Error {
  override readonly name = 'CommandError'
}

/** Errors whose message tells the user what to do: no stack is needed. By name, so that none has to be loaded. */
const USER_ERRORS = ['CommandError', 'ConfigError', 'DataFolderInUseError']

export function isUserError(error: unknown): error is Error {
  const { name, code } = error as { name?: string; code?: string }
  return USER_ERRORS.includes(name ?? '') || ['DATABASE_TOO_NEW', 'FOREIGN_LOG'].includes(code ?? '')
}
