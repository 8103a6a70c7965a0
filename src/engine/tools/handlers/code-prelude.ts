/**
 * What runs inside QuickJS before the code of a tool: `console`, and the two functions with which it is called and its
 * failures are told. What they use is taken now, so that foreign code cannot slip its own functions under them; it
 * would deceive nobody but itself, yet messages would be wrong.
 */
export const CODE_PRELUDE = `(print) => {
  const { parse, stringify } = JSON
  const { isArray } = Array
  const { isFinite } = Number
  const text = String
  const NotJson = TypeError
  const cut = (value, length) => value.length > length ? value.substring(0, length) + '…' : value

  const show = (value) => {
    try { return typeof value === 'string' ? value : stringify(value) ?? text(value) } catch { return typeof value }
  }
  const log = (...values) => print(cut(values.map(show).join(' '), 1000))
  globalThis.console = { log, info: log, warn: log, error: log, debug: log }

  function onlyJson(name, value) {
    const kind = typeof value
    const isNothing = kind === 'undefined' && (name === '' || isArray(this))
    const isOther = kind === 'bigint' || kind === 'function' || kind === 'symbol' || (kind === 'number' && !isFinite(value))
    if (!isNothing && !isOther) return value
    const what = kind === 'number' ? text(value) : kind
    throw new NotJson('code_output_invalid: expected the code to return JSON, got ' + what + (name === '' ? '' : " for '" + name + "'"))
  }

  const call = async (main, input, context, limit) => {
    const output = await main(parse(input), parse(context))
    let json
    try {
      json = stringify(output, onlyJson)
    } catch (error) {
      if (error instanceof NotJson && /circular/.test(error.message)) {
        throw new NotJson('code_output_invalid: expected the code to return JSON, got an object that contains itself')
      }
      throw error
    }
    if (json.length > limit) {
      throw new NotJson('code_output_too_large: expected at most ' + limit + ' characters of JSON, got ' + json.length)
    }
    return json
  }

  const describe = (error) => {
    try {
      if (error === null || typeof error !== 'object') return cut(show(error), 500)
      const line = /tool\\.js:(\\d+)/.exec(error.stack)
      const said = error.message === undefined ? show(error) : text(error.message)
      if (said.startsWith('code_output_')) return said
      return cut(text(error.name ?? 'an object') + ': ' + said, 500) + (line ? ' (line ' + line[1] + ')' : '')
    } catch {
      return 'something that cannot be shown'
    }
  }
  return { call, describe }
}`
