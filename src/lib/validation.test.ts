import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { AppError } from './errors.ts'
import { parseInput, type ValidationVocabulary } from './validation.ts'

const VOCABULARY: ValidationVocabulary = {
  code: 'REQUEST_VALIDATION_ERROR',
  message: 'Request failed validation',
  detailCode: (path, type) => `${path}|${type}`,
}

function refusal(schema: z.ZodType, input: unknown, vocabulary = VOCABULARY): AppError {
  try {
    parseInput(schema, input, vocabulary)
  } catch (error) {
    if (error instanceof AppError) return error
  }
  throw new Error('expected the input to be refused')
}

describe('the words of a fault', () => {
  const member = (schema: z.ZodType) => z.strictObject({ member: schema })
  test.each<[string, z.ZodType, unknown, string, string]>([
    ['missing', z.string(), undefined, 'missing', 'Field required'],
    ['a number for text', z.string(), 1, 'string_type', 'Input should be a valid string'],
    ['null for text', z.string(), null, 'string_type', 'Input should be a valid string'],
    [
      'text for a number',
      z.number(),
      '1',
      'float_parsing',
      'Input should be a valid number, unable to parse string as a number',
    ],
    ['a boolean for a number', z.number(), true, 'float_type', 'Input should be a valid number'],
    ['a fraction for an integer', z.int(), 1.5, 'int_type', 'Input should be a valid integer'],
    ['text for a boolean', z.boolean(), 'true', 'bool_type', 'Input should be a valid boolean'],
    ['an object for a list', z.array(z.string()), {}, 'list_type', 'Input should be a valid list'],
    [
      'a list for an object',
      z.strictObject({}),
      [],
      'model_type',
      'Input should be a valid dictionary or object',
    ],
    [
      'text for a record',
      z.record(z.string(), z.string()),
      'x',
      'model_type',
      'Input should be a valid dictionary or object',
    ],
    ['the only value there is', z.literal('a'), 'b', 'literal_error', "Input should be 'a'"],
    ['one of two', z.enum(['a', 'b']), 'c', 'literal_error', "Input should be 'a' or 'b'"],
    ['one of three', z.enum(['a', 'b', 'c']), 'd', 'literal_error', "Input should be 'a', 'b' or 'c'"],
    ['too short', z.string().min(1), '', 'string_too_short', 'String should have at least 1 character'],
    [
      'too short by more',
      z.string().min(12),
      'x',
      'string_too_short',
      'String should have at least 12 characters',
    ],
    ['too long', z.string().max(1), 'xx', 'string_too_long', 'String should have at most 1 character'],
    ['too few', z.array(z.string()).min(1), [], 'too_short', 'List should have at least 1 item'],
    ['too many', z.array(z.string()).max(2), ['', '', ''], 'too_long', 'List should have at most 2 items'],
    ['too small', z.number().min(0), -1, 'greater_than_equal', 'Input should be greater than or equal to 0'],
    ['too big', z.number().max(1), 2, 'less_than_equal', 'Input should be less than or equal to 1'],
    ['not above', z.number().gt(0), 0, 'greater_than', 'Input should be greater than 0'],
    ['not below', z.number().lt(1), 1, 'less_than', 'Input should be less than 1'],
  ])('%s', (_, schema, value, type, message) => {
    const input = value === undefined ? {} : { member: value }
    expect(refusal(member(schema), input).details).toEqual([
      { path: 'member', message, type, code: `member|${type}` },
    ])
  })

  test('a rule of our own may name its type and code', () => {
    const even = z.number().refine((value) => value % 2 === 0, {
      message: 'Input should be even',
      params: { type: 'odd', code: 'ODD' },
    })
    expect(refusal(member(even), { member: 1 }).details).toEqual([
      { path: 'member', message: 'Input should be even', type: 'odd', code: 'ODD' },
    ])
  })

  test('members of a prototype are missing all the same', () => {
    const schema = z.strictObject({ constructor: z.string(), toString: z.string() })
    expect(refusal(schema, {}).details.map(({ path, type }) => `${path} ${type}`)).toEqual([
      'constructor missing',
      'toString missing',
    ])
  })
})

describe('all faults at once', () => {
  const schema = z.strictObject({
    list: z.array(z.strictObject({ name: z.string(), count: z.number().min(1) })),
    zeta: z.string(),
    alpha: z.string(),
  })

  test('they are sorted by path, which says positions in lists; codes know those as *', () => {
    const input = {
      list: [
        { name: 1, count: 0 },
        { count: 1, more: true },
      ],
      zeta: 5,
      extra: 1,
    }
    expect(refusal(schema, input).details.map(({ path, code }) => `${path} ${code}`)).toEqual([
      'alpha alpha|missing',
      'extra extra|extra_forbidden',
      'list.0.count list.*.count|greater_than_equal',
      'list.0.name list.*.name|string_type',
      'list.1.more list.*.more|extra_forbidden',
      'list.1.name list.*.name|missing',
      'zeta zeta|string_type',
    ])
  })

  test('it is one 422 with the code and message of the request', () => {
    expect(refusal(schema, null)).toMatchObject({
      status: 422,
      code: 'REQUEST_VALIDATION_ERROR',
      message: 'Request failed validation',
      ruleIds: undefined,
    })
  })

  test('the rules that are broken are named once each, sorted; none is an empty list', () => {
    const ruled: ValidationVocabulary = {
      ...VOCABULARY,
      ruleOf: (code) =>
        ({ 'zeta|missing': 'RULE-B', 'alpha|missing': 'RULE-A', 'list|missing': 'RULE-B' })[code],
    }
    expect(refusal(schema, {}, ruled).ruleIds).toEqual(['RULE-A', 'RULE-B'])
    expect(refusal(schema, { list: [], zeta: '', alpha: 1 }, ruled).toEnvelope().error.rule_ids).toEqual([])
  })

  test('what fits is answered as the schema makes it', () => {
    expect(parseInput(z.strictObject({ name: z.string().trim().default('x') }), {}, VOCABULARY)).toEqual({
      name: 'x',
    })
  })
})
