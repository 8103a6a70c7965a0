import type { Json } from '../../lib/canonical-json.ts'

/** What expressions can name. */
export type Scope = {
  input: Json
  /** The output of the step before; of several, by node. */
  previous: Json
  steps: ReadonlyMap<string, { output: Json; [member: string]: Json }>
  context: Json
}

const EXPRESSION = /^\$(input|steps|context|previous)\b(?:\.(.+))?$/
const EMBEDDED = /\{\{\s*(\$(?:input|steps|context|previous)\b(?:[^{}]|\{(?!\{))*)\}\}/g

/**
 * Fills a JSON template: a text that is an expression (`$input.hotel_id`, `$steps.fetch.output.tickets`, `$context.user_id`,
 * `$previous`) becomes the value it names, with its type; `{{ $input.name }}` inside a longer text becomes text. `$$`
 * stands for a dollar sign. A member whose expression names nothing is left out; elsewhere null stands.
 */
export function resolveTemplate(template: Json, scope: Scope): Json {
  return resolve(template, scope) ?? null
}

function resolve(template: Json, scope: Scope): Json | undefined {
  if (typeof template === 'string') return resolveText(template, scope)
  if (Array.isArray(template)) return template.map((each) => resolve(each, scope) ?? null)
  if (template === null || typeof template !== 'object') return template
  const filled: Record<string, Json> = {}
  for (const [member, value] of Object.entries(template)) {
    const resolved = resolve(value, scope)
    if (resolved !== undefined) define(filled, member, resolved)
  }
  return filled
}

function resolveText(text: string, scope: Scope): Json | undefined {
  if (text.startsWith('$$')) return text.slice(1)
  const whole = EXPRESSION.exec(text)
  if (whole) return lookUp(whole[1] as keyof Scope, whole[2], scope)
  return text.replace(EMBEDDED, (_, expression: string) => {
    const match = EXPRESSION.exec(expression.trim())
    const value = match ? lookUp(match[1] as keyof Scope, match[2], scope) : undefined
    return value === undefined || value === null
      ? ''
      : typeof value === 'string'
        ? value
        : JSON.stringify(value)
  })
}

function lookUp(root: keyof Scope, path: string | undefined, scope: Scope): Json | undefined {
  if (root !== 'steps') return follow(scope[root] as Json, path?.split('.') ?? [])
  const segments = path?.split('.') ?? []
  // Ids of nodes may hold dots themselves: the longest that exists is meant.
  for (let length = segments.length; length > 0; length--) {
    const step = scope.steps.get(segments.slice(0, length).join('.'))
    if (step) return follow(step, segments.slice(length))
  }
  return undefined
}

/** Own members and positions only: nothing of a prototype. */
function follow(value: Json, segments: string[]): Json | undefined {
  let current: Json | undefined = value
  for (const segment of segments) {
    if (Array.isArray(current)) current = /^\d+$/.test(segment) ? current[Number(segment)] : undefined
    else if (typeof current === 'object' && current !== null && Object.hasOwn(current, segment)) {
      current = current[segment]
    } else return undefined
  }
  return current
}

function define(target: Record<string, Json>, member: string, value: Json): void {
  Object.defineProperty(target, member, { value, enumerable: true, writable: true, configurable: true })
}

/** What looks like an expression within a text, as it was written: all of it, or what stands in double braces. */
const WRITTEN = /\{\{\s*(\$[^{}]*?)\s*\}\}/g

/**
 * Expressions of a template that name nothing, whatever a run is given: an unknown root, or a node that is not there.
 *
 * @param isNode whether there is a node of this id.
 */
export function findDeadExpressions(template: Json, isNode: (id: string) => boolean): string[] {
  if (Array.isArray(template)) return template.flatMap((each) => findDeadExpressions(each, isNode))
  if (typeof template === 'object' && template !== null) {
    return Object.values(template).flatMap((each) => findDeadExpressions(each, isNode))
  }
  if (typeof template !== 'string' || template.startsWith('$$')) return []
  const written = /^\$[a-z_]+(\.|$)/i.test(template)
    ? [template]
    : [...template.matchAll(WRITTEN)].map(([, expression]) => expression!)
  return written.filter((expression) => {
    const match = EXPRESSION.exec(expression)
    if (!match) return true
    const segments = match[2]?.split('.') ?? []
    return (
      match[1] === 'steps' && !segments.some((_, index) => isNode(segments.slice(0, index + 1).join('.')))
    )
  })
}
