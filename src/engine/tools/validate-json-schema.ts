import { _, Ajv, type AnySchemaObject, type Options } from 'ajv'
import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { canonicalJson } from '../../lib/canonical-json.ts'
import { sha256 } from '../../lib/hash.ts'
import { checkSchemaShape, type Dialect, dialectOf } from './handlers/check-schema-shape.ts'
import { describeSchemaErrors, type Fault } from './handlers/describe-schema-errors.ts'
import { BudgetExceededError, compilePattern, spend, type WorkBudget } from './handlers/match-pattern.ts'

/** One check may cost this much; a step is a keyword on a value or an instruction of a pattern. */
const MAX_WORK = 50_000_000
/** Compiled validators that are kept, the least recently used going first. */
const MAX_CACHED = 500
/** Where a value is larger, the first fault is told and the rest are not looked for. */
const MAX_VALUES_FOR_ALL_FAULTS = 2000

type Validate = (value: unknown) => Fault[]
type Compiled = { validate: Validate } | { faults: Fault[] }

const cache = new Map<string, Compiled>()

/**
 * A validator for a JSON Schema, draft 2020-12 (or draft 7 where `$schema` says so). It answers every fault and an
 * empty list for a value that fits. The value is left as it is: nothing is converted and defaults are not filled in,
 * because what was checked, approved and recorded must be what runs. Formats are checked, unknown ones and unknown
 * keywords ignored, as the standard says.
 *
 * Schema and value may both come from somebody who means harm: patterns cannot hang, inherited names such as
 * `toString` are no members, and a check that would take too long ends as a fault.
 *
 * @throws TypeError for a schema that `checkJsonSchema` finds fault with.
 */
export function compileJsonSchema(schema: unknown): Validate {
  const compiled = compileOnce(schema)
  if ('validate' in compiled) return compiled.validate
  const [{ path, message }] = compiled.faults as [Fault]
  throw new TypeError(`not a usable JSON Schema: ${path === '' ? '' : `${path}: `}${message}`)
}

/** What is wrong with a schema that is to be kept: empty when values can be checked with it. */
export function checkJsonSchema(schema: unknown): Fault[] {
  const compiled = compileOnce(schema)
  return 'faults' in compiled ? compiled.faults : []
}

function compileOnce(schema: unknown): Compiled {
  const faults = checkSchemaShape(schema)
  if (faults.length > 0) return { faults }
  const key = sha256(canonicalJson(schema)).toString('base64')
  const known = cache.get(key)
  cache.delete(key)
  const compiled = known ?? compile(structuredClone(schema) as AnySchemaObject, dialectOf(schema)!)
  cache.set(key, compiled)
  if (cache.size > MAX_CACHED) cache.delete(cache.keys().next().value!)
  return compiled
}

function compile(schema: AnySchemaObject, dialect: Dialect): Compiled {
  const meta = metaValidator(dialect)
  if (!meta.validateSchema(schema)) return { faults: describeSchemaErrors(meta.errors ?? []) }
  const budget: WorkBudget = { left: 0 }
  const size = countValues(schema)
  const validator = (allErrors: boolean) => {
    const ajv = createAjv(dialect, { allErrors, meta: false, validateSchema: false, ...within(budget) })
    replaceCostlyKeywords(ajv, budget, size)
    return ajv.compile(schema)
  }
  try {
    const findFirst = validator(false)
    let findAll: typeof findFirst | undefined
    const validate = (value: unknown): Fault[] => {
      budget.left = MAX_WORK
      const values = countValues(value)
      spend(budget, size * values)
      if (findFirst(value)) return []
      if (values > MAX_VALUES_FOR_ALL_FAULTS) return describeSchemaErrors(findFirst.errors ?? [])
      findAll ??= validator(true)
      findAll(value)
      return describeSchemaErrors(findAll.errors ?? [])
    }
    return { validate: (value) => explainGivingUp(() => validate(value)) }
  } catch (error) {
    return { faults: [describeCompileError(error as Error & { missingRef?: string })] }
  }
}

function describeCompileError({ message, missingRef }: Error & { missingRef?: string }): Fault {
  return missingRef === undefined
    ? { path: '', message: `expected a schema that compiles: ${message}`, keyword: '' }
    : { path: '', message: `expected '${missingRef}', which is referred to, to exist`, keyword: '$ref' }
}

/** Fails closed: a value that could not be checked to the end does not fit. */
function explainGivingUp(validate: () => Fault[]): Fault[] {
  try {
    return validate()
  } catch (error) {
    const endless = error instanceof RangeError // the stack overflowed
    if (!endless && !(error instanceof BudgetExceededError)) throw error
    const message = endless
      ? 'expected a value that is not nested so deeply, or a schema that does not refer to itself without end'
      : 'expected a value that can be checked in reasonable time; it is too large for this schema'
    return [{ path: '', message, keyword: endless ? '$ref' : 'size' }]
  }
}

function createAjv(dialect: Dialect, options: Options): Ajv {
  const ajv = new (dialect === 'draft-07' ? Ajv : Ajv2020)({
    strict: false,
    logger: false,
    verbose: true, // errors then carry the value, for the message
    ownProperties: true, // a required `toString` is not met by the one that every object inherits
    inlineRefs: false, // or a schema of references to references would grow while it is compiled
    ...options,
  })
  addFormats.default(ajv)
  return ajv
}

/** Patterns through our own engine. One that does not compile was refused before, in `checkSchemaShape`. */
function within(budget: WorkBudget): Options {
  const regExp = (source: string) => {
    const matches = compilePattern(source)
    // ajv takes two with the same text for one.
    return { test: (text: string) => matches(text, budget), toString: () => source }
  }
  return { code: { regExp: Object.assign(regExp, { code: 'compilePattern' }) } }
}

/**
 * Two keywords can cost more than the product of schema and value: references, which may be followed exponentially
 * often, are paid for each time they are followed; `uniqueItems` compares canonical texts instead of all pairs.
 */
function replaceCostlyKeywords(ajv: Ajv, budget: WorkBudget, size: number): void {
  const pay = (data: unknown) => spend(budget, size * countValues(data))
  for (const reference of ['$ref', '$dynamicRef']) {
    const definition = ajv.getKeyword(reference)
    if (typeof definition !== 'object' || !('code' in definition)) continue
    const follow = definition.code
    ajv.removeKeyword(reference)
    ajv.addKeyword({
      ...definition,
      code(context, ruleType) {
        context.gen.code(_`${context.gen.scopeValue('func', { ref: pay })}(${context.data})`)
        follow(context, ruleType)
      },
    })
  }
  ajv.removeKeyword('uniqueItems')
  ajv.addKeyword({
    keyword: 'uniqueItems',
    type: 'array',
    schemaType: 'boolean',
    validate: (unique: boolean, items: unknown[]) =>
      !unique || new Set(items.map((item) => canonicalJson(item))).size === items.length,
  })
}

const metaValidators = new Map<Dialect, Ajv>()

function metaValidator(dialect: Dialect): Ajv {
  const known = metaValidators.get(dialect) ?? createAjv(dialect, { allErrors: true })
  metaValidators.set(dialect, known)
  return known
}

/** How many values a value is made of: itself and all within. */
function countValues(value: unknown): number {
  if (value === null || typeof value !== 'object') return 1
  let count = 1
  for (const inner of Object.values(value)) count += countValues(inner)
  return count
}
