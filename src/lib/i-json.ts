import { visit } from 'jsonc-parser'
import type { Json } from './canonical-json.ts'

const MAX_DEPTH = 64

/** Why a text is not I-JSON, with the place where it went wrong. */
export class IJsonError extends Error {
  override readonly name = 'IJsonError'
  readonly path: string

  constructor(path: string, message: string) {
    super(message)
    this.path = path
  }
}

/**
 * Parses I-JSON (RFC 7493), the part of JSON that every reader understands alike and RFC 8785 can canonicalise:
 * UTF-8, no duplicate members, no lone surrogates, no integer beyond 2^53-1, and, ours, no `__proto__`, no NUL, at
 * most 64 levels. What a human is shown and what runs later must be the same value, so nothing is repaired.
 *
 * @throws IJsonError with the dot-joined path of the first fault.
 */
export function parseIJson(bytes: Uint8Array | string): Json {
  const text = typeof bytes === 'string' ? bytes : decodeUtf8(bytes)
  checkTokens(text)
  try {
    return JSON.parse(text) as Json
  } catch (error) {
    throw new IJsonError('', `expected JSON (RFC 8259): ${(error as Error).message}`)
  }
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new IJsonError('', 'expected UTF-8 text, got bytes that are not UTF-8')
  }
}

/** Walks the tokens once, because JSON.parse silently keeps the last of two equal members and rounds big integers. */
function checkTokens(text: string): void {
  const levels: Set<string>[] = []
  const pathOf = (supplier: () => (string | number)[]) => supplier().join('.')
  const enter = (pathSupplier: () => (string | number)[]) => {
    levels.push(new Set())
    if (levels.length > MAX_DEPTH) {
      throw new IJsonError(pathOf(pathSupplier), `expected at most ${MAX_DEPTH} levels of nesting`)
    }
  }
  const leave = () => {
    levels.pop()
  }
  const checkText = (value: string, path: string) => {
    if (!value.isWellFormed()) throw new IJsonError(path, 'expected Unicode text, got a lone surrogate')
    if (value.includes('\0')) throw new IJsonError(path, 'expected text without NUL (U+0000)')
  }
  visit(
    text,
    {
      onObjectBegin: (_offset, _length, _line, _column, path) => enter(path),
      onObjectEnd: leave,
      onArrayBegin: (_offset, _length, _line, _column, path) => enter(path),
      onArrayEnd: leave,
      onObjectProperty(name, _offset, _length, _line, _column, path) {
        const where = [...path(), name].join('.')
        checkText(name, where)
        if (name === '__proto__') throw new IJsonError(where, "expected no member named '__proto__'")
        const members = levels.at(-1)
        if (members?.has(name)) throw new IJsonError(where, `expected each member once, got '${name}' twice`)
        members?.add(name)
      },
      onLiteralValue(value, offset, length, _line, _column, path) {
        if (typeof value === 'string') checkText(value, pathOf(path))
        if (typeof value !== 'number') return
        const literal = text.slice(offset, offset + length)
        const unsafe = /^-?\d+$/.test(literal) && !Number.isSafeInteger(value)
        if (unsafe || !Number.isFinite(value)) {
          throw new IJsonError(
            pathOf(path),
            `expected a number that a double can carry exactly (at most 2^53-1), got ${literal.slice(0, 40)}`,
          )
        }
      },
    },
    { disallowComments: true },
  )
}
