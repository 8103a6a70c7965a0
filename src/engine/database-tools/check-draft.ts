import { CATALOGUE, columnNamed } from './catalogue.ts'
import type { Compiled } from './compile-condition.ts'
import type { Draft } from './question-draft.ts'
import { refuseQuestion } from './refuse-question.ts'
import { nameOf, resolveColumn, type Tables } from './resolve-columns.ts'

/** Refuses questions whose words could all be placed and which still could mean two things, or nothing. */
export function checkDraft(draft: Draft, tables: Tables, conditions: Compiled[]): void {
  const { main, second } = tables
  checkTimes(draft, tables)
  checkRepeats(draft, conditions)
  const figures = draft.measure !== undefined || draft.groups.length > 0
  const { role, atLeast } = second?.link ?? {}
  if (figures && draft.fields.length > 0)
    refuseQuestion('the question asks for figures and for columns at once: ask one after the other')
  if (figures && (draft.everything || draft.distinct))
    refuseQuestion('a figure has no columns to show: leave out "all details" and "distinct"')
  if (draft.everything && (draft.fields.length > 0 || draft.distinct))
    refuseQuestion('either all columns or the named ones: ask for one of them')
  if (figures && (atLeast || role === 'ranked' || role === 'their'))
    refuseQuestion(`ask for the ${nameOf(main)} themselves: a figure of such groups is not worked out`)
  if (role === 'their' && (draft.fields.length > 0 || draft.distinct))
    refuseQuestion(
      `columns can be chosen of one kind of rows: leave out "with their ${nameOf(second!.table)}"`,
    )
  if (draft.distinct && draft.fields.length === 0)
    refuseQuestion('"distinct" needs the column whose values are wanted: distinct categories of tickets')
  if (draft.distinct && (role === 'with' || role === 'ranked'))
    refuseQuestion(`say of which table the values are: distinct categories of ${nameOf(main)}`)
  if (draft.measure && draft.groups.length === 0) checkSingleFigure(draft)
  if (draft.groups.length > 0) checkGroupOrders(draft, tables)
  if (draft.top && !draft.rank && draft.orders.length === 0)
    refuseQuestion('"top" needs what counts: top 5 orders by amount')
  if (draft.distinct && draft.orders.length > 0) {
    const fields = draft.fields.map((field) => resolveColumn(draft, tables, field).column)
    for (const order of draft.orders)
      if (!fields.includes(resolveColumn(draft, tables, order).column))
        refuseQuestion('distinct values can be sorted by themselves only')
  }
}

function checkSingleFigure({ orders, limit }: Draft): void {
  if (orders.length > 0 || limit !== undefined)
    refuseQuestion(
      'a single figure has no order and no first rows: ask for the rows, or for a figure per group',
    )
}

function checkGroupOrders(draft: Draft, tables: Tables): void {
  const groups = draft.groups.flatMap((group) =>
    group.by === 'column' ? [resolveColumn(draft, tables, group).column] : [],
  )
  for (const order of draft.orders)
    if (!groups.includes(resolveColumn(draft, tables, order).column))
      refuseQuestion('groups can be sorted by what they are grouped by only')
}

/** "today" by itself means created today. Where something else could have happened then, it must be said. */
function checkTimes(draft: Draft, { second }: Tables): void {
  const bare = draft.conditions.some((condition) => condition.bare)
  if (!bare) return
  if (second && second.at >= 0)
    refuseQuestion('say what happened then: "comments of tickets, created today" or "tickets created today"')
  const moved = draft.conditions.some(({ columns: [first], test, negated }) => {
    const { moves, values } = columnNamed(CATALOGUE[first!.table], first!.column)!
    // Whatever is still in its first state came into it when it was created.
    const initial = values && Object.keys(values)[0]
    return moves && test.is === 'one of' && (negated || test.values.some((value) => value !== initial))
  })
  if (moved)
    refuseQuestion(
      'when a ticket became so is not kept: say "created" or "updated" with the time, as in "closed tickets updated today"',
    )
}

/** Two conditions on one column that cannot both be meant: "this month and last month". */
function checkRepeats(draft: Draft, conditions: Compiled[]): void {
  const seen = new Set<string>()
  const once = (key: string, column: string) => {
    if (seen.has(key)) refuseQuestion(`${column} cannot be two things at once: say "or", or ask twice`)
    seen.add(key)
  }
  conditions.forEach(({ column: { table, column } }, index) => {
    const { test, negated } = draft.conditions[index]!
    if (negated) return
    const key = `${table}.${column}`
    if (test.is === 'one of' || (test.is === 'compared' && test.operator === '=')) once(`${key} =`, column)
    if (test.is !== 'during') return
    if (test.range.from) once(`${key} from`, column)
    if (test.range.until) once(`${key} until`, column)
  })
}
