/**
 * What runs inside QuickJS before a program: `console`, and how what was thrown is told. What it uses is taken now, so
 * that the program cannot slip its own functions under it; it would deceive nobody but itself.
 */
export const PROGRAM_PRELUDE = `(print) => {
  const { stringify } = JSON
  const text = String
  const Fault = Error

  const show = (value) => {
    try {
      if (typeof value === 'string') return value
      if (value instanceof Fault) return describe(value)
      return stringify(value) ?? text(value)
    } catch {
      try { return text(value) } catch { return typeof value }
    }
  }
  const writer = (stream) => (...values) => print(stream, values.map(show).join(' ').split('\\0').join('\\ufffd') + '\\n')
  const [out, err] = [writer(1), writer(2)]
  globalThis.console = { log: out, info: out, debug: out, warn: err, error: err }

  const describe = (error) => {
    try {
      if (error === null || typeof error !== 'object') return show(error)
      const line = /program\\.js:(\\d+)/.exec(error.stack)
      const said = error.message === undefined ? stringify(error) : text(error.message)
      return text(error.name ?? 'an object') + ': ' + said + (line ? ' (line ' + line[1] + ')' : '')
    } catch {
      return 'something that cannot be shown'
    }
  }
  return { describe }
}`
