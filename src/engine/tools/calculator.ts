import { type BuiltInTool, ToolError } from './tool-handler.ts'

/** A fraction in lowest terms: 0.1 + 0.2 is 0.3 here, and nothing is lost until the answer is written. */
type Fraction = { top: bigint; bottom: bigint }
type Token = { text: string; at: number }

const MAX_LENGTH = 1_000
const MAX_DEPTH = 100
/** Whoever raises 9 to the 9 to the 9 would keep the process busy for good. */
const MAX_EXPONENT = 1_000n
const MAX_DIGITS = 5_000
const TOKEN = /\s*(\d+(?:\.\d+)?|\.\d+|[A-Za-z]+|\S)/gy

export const calculator: BuiltInTool = {
  tool: {
    id: 'calculator',
    name: 'Calculator',
    description:
      'Works out an expression of numbers: + - * / % ^, parentheses, min, max, round(x, digits), abs, sqrt. Decimals are exact; % is the remainder.',
    input_schema: {
      type: 'object',
      properties: {
        expression: {
          type: 'string',
          minLength: 1,
          maxLength: MAX_LENGTH,
          description: 'e.g. (19.90 + 5) * 3',
        },
      },
      required: ['expression'],
      additionalProperties: false,
    },
    output_schema: {
      type: 'object',
      required: ['result', 'expression'],
      properties: { result: { type: 'number' }, expression: { type: 'string' } },
    },
    handler_config: {},
    risk_level: 'low',
    side_effects: [],
    recovery: 'retry_with_key',
    timeout_ms: 1_000,
  },
  handler: async ({ input: { expression } }) => ({
    result: calculate(expression as string),
    expression: expression as string,
  }),
}

/** @throws ToolError that names the place at which the expression cannot be read, or what has no answer. */
export function calculate(expression: string): number {
  if (expression.length > MAX_LENGTH)
    throw new ToolError(
      'invalid_expression',
      `an expression has ${MAX_LENGTH} characters at most; ${expression.length} came: work it out in parts`,
    )
  const tokens = [...expression.trimEnd().matchAll(TOKEN)].map(
    (match): Token => ({ text: match[1]!, at: match.index + match[0].length - match[1]!.length + 1 }),
  )
  let next = 0
  let depth = 0

  const take = (...texts: string[]): Token | undefined =>
    texts.includes(tokens[next]?.text ?? '') ? tokens[next++] : undefined
  const expect = (text: string) => take(text) ?? refuse(`"${text}"`)
  const refuse = (expected: string): never => {
    const token = tokens[next]
    const came = token ? `"${token.text}" came at position ${token.at}` : 'the expression ended'
    throw new ToolError('invalid_expression', `expected ${expected}, and ${came}: ${expression}`)
  }
  const nested = <T>(read: () => T): T => {
    if (++depth > MAX_DEPTH)
      throw new ToolError('invalid_expression', `the expression nests deeper than ${MAX_DEPTH} levels`)
    const value = read()
    depth--
    return value
  }

  const readSum = (): Fraction => {
    let value = readProduct()
    for (let sign = take('+', '-'); sign; sign = take('+', '-'))
      value = add(value, sign.text === '+' ? readProduct() : negate(readProduct()))
    return value
  }
  const readProduct = (): Fraction => {
    let value = readSigned()
    for (let sign = take('*', '/', '%'); sign; sign = take('*', '/', '%')) {
      const right = readSigned()
      if (sign.text !== '*' && right.top === 0n)
        throw new ToolError('division_by_zero', `division by zero at position ${sign.at}: ${expression}`)
      value =
        sign.text === '*'
          ? multiply(value, right)
          : sign.text === '/'
            ? divide(value, right)
            : remainder(value, right)
    }
    return value
  }
  const readSigned = (): Fraction =>
    nested(() => {
      const sign = take('-', '+')
      if (!sign) return readPower()
      return sign.text === '-' ? negate(readSigned()) : readSigned()
    })
  // A power binds stronger than the sign before it and from right to left: -2^2 is -4, 2^3^2 is 512.
  const readPower = (): Fraction => {
    const base = readAtom()
    return take('^') ? power(base, readSigned()) : base
  }
  const readAtom = (): Fraction => {
    const token = tokens[next]
    if (!token) return refuse('a number')
    if (take('(')) {
      const value = nested(readSum)
      expect(')')
      return value
    }
    if (/^[\d.]/.test(token.text) && token.text !== '.') {
      next++
      return readNumber(token.text)
    }
    const name = token.text.toLowerCase()
    if (!Object.hasOwn(FUNCTIONS, name)) return refuse('a number, "(" or one of min, max, round, abs, sqrt')
    next++
    expect('(')
    const values = [nested(readSum)]
    while (take(',')) values.push(nested(readSum))
    expect(')')
    return FUNCTIONS[name]!(values)
  }

  const value = readSum()
  if (next < tokens.length) refuse('an operator or the end')
  return toNumber(value)
}

const FUNCTIONS: Record<string, (values: Fraction[]) => Fraction> = {
  min: (values) => values.reduce((left, right) => (compare(left, right) <= 0 ? left : right)),
  max: (values) => values.reduce((left, right) => (compare(left, right) >= 0 ? left : right)),
  abs: (values) => {
    const value = only(values, 'abs')
    return value.top < 0n ? negate(value) : value
  },
  sqrt: (values) => squareRoot(only(values, 'sqrt')),
  round: ([value, digits = whole(0n), ...more]) => {
    if (!value || more.length > 0 || digits.bottom !== 1n || digits.top < 0n || digits.top > 15n)
      throw new ToolError(
        'invalid_expression',
        'round takes a number and a whole number of digits from 0 to 15',
      )
    return roundTo(value, 10n ** digits.top)
  },
}

function only(values: Fraction[], name: string): Fraction {
  if (values.length === 1) return values[0]!
  throw new ToolError('invalid_expression', `${name} takes one number; ${values.length} came`)
}

const whole = (top: bigint): Fraction => ({ top, bottom: 1n })

function readNumber(text: string): Fraction {
  const [digits = '', fraction = ''] = text.split('.')
  return reduce(BigInt(digits + fraction), 10n ** BigInt(fraction.length))
}

function reduce(top: bigint, bottom: bigint): Fraction {
  let [a, b] = [top < 0n ? -top : top, bottom < 0n ? -bottom : bottom]
  while (b > 0n) [a, b] = [b, a % b]
  const sign = bottom < 0n ? -1n : 1n
  const reduced = { top: (sign * top) / (a || 1n), bottom: (sign * bottom) / (a || 1n) }
  if (reduced.top.toString().length > MAX_DIGITS || reduced.bottom.toString().length > MAX_DIGITS) tooLarge()
  return reduced
}

const negate = ({ top, bottom }: Fraction): Fraction => ({ top: -top, bottom })
const add = (a: Fraction, b: Fraction) => reduce(a.top * b.bottom + b.top * a.bottom, a.bottom * b.bottom)
const multiply = (a: Fraction, b: Fraction) => reduce(a.top * b.top, a.bottom * b.bottom)
const divide = (a: Fraction, b: Fraction) => reduce(a.top * b.bottom, a.bottom * b.top)
const compare = (a: Fraction, b: Fraction) =>
  Number(a.top * b.bottom > b.top * a.bottom) - Number(a.top * b.bottom < b.top * a.bottom)

/** The remainder has the sign of the left side, as it has in SQL and JavaScript. */
function remainder(a: Fraction, b: Fraction): Fraction {
  const quotient = (a.top * b.bottom) / (a.bottom * b.top)
  return add(a, negate(multiply(b, whole(quotient))))
}

function power(base: Fraction, exponent: Fraction): Fraction {
  if (exponent.bottom !== 1n) {
    if (base.top < 0n)
      throw new ToolError('invalid_expression', 'a negative number has no power with a fraction here')
    return approximate(toNumber(base) ** toNumber(exponent))
  }
  const times = exponent.top < 0n ? -exponent.top : exponent.top
  if (times > MAX_EXPONENT)
    throw new ToolError('invalid_expression', `an exponent is ${MAX_EXPONENT} at most; ${exponent.top} came`)
  if (exponent.top < 0n && base.top === 0n)
    throw new ToolError('division_by_zero', 'zero has no negative power: it would be a division by zero')
  if (BigInt(String(base.top).length + String(base.bottom).length) * times > MAX_DIGITS) tooLarge()
  return exponent.top < 0n
    ? reduce(base.bottom ** times, base.top ** times)
    : reduce(base.top ** times, base.bottom ** times)
}

const ROOT_DIGITS = 10n ** 40n

/** Exact where the root is, else good for forty digits after the point. */
function squareRoot({ top, bottom }: Fraction): Fraction {
  if (top < 0n) throw new ToolError('invalid_expression', 'a negative number has no square root')
  return reduce(wholeRoot(top * bottom * ROOT_DIGITS ** 2n), bottom * ROOT_DIGITS)
}

/** Newton's method from above: the largest whole number whose square is not larger. */
function wholeRoot(square: bigint): bigint {
  if (square === 0n) return 0n
  let root = 1n << BigInt(Math.ceil(square.toString(2).length / 2))
  for (;;) {
    const better = (root + square / root) / 2n
    if (better >= root) return root
    root = better
  }
}

/** Half away from zero, as on an invoice. */
function roundTo({ top, bottom }: Fraction, scale: bigint): Fraction {
  const size = top < 0n ? -top : top
  const rounded = (2n * size * scale + bottom) / (2n * bottom)
  return reduce(top < 0n ? -rounded : rounded, scale)
}

/** What only floating point can answer, with the fifteen digits that it is good for. */
function approximate(value: number): Fraction {
  if (!Number.isFinite(value)) return tooLarge()
  const [mantissa = '0', exponent = '0'] = value.toExponential(14).split('e')
  return multiply(readSignedNumber(mantissa), power(whole(10n), whole(BigInt(exponent))))
}

const readSignedNumber = (text: string) =>
  text.startsWith('-') ? negate(readNumber(text.slice(1))) : readNumber(text)

/** The nearest double, by way of enough digits to be sure of it. */
function toNumber({ top, bottom }: Fraction): number {
  const size = top < 0n ? -top : top
  const shift = Math.max(0, 40 - (String(size).length - String(bottom).length))
  const number = Number(`${(size * 10n ** BigInt(shift)) / bottom}e-${shift}`)
  if (!Number.isFinite(number)) return tooLarge()
  return top < 0n ? -number : number
}

function tooLarge(): never {
  throw new ToolError('invalid_expression', 'the result, or a number on the way to it, is too large')
}
