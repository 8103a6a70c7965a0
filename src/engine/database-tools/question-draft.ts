import type { ColumnName, TableName } from './catalogue.ts'
import type { Piece } from './read-pieces.ts'
import type { TimeRange } from './read-time.ts'

export type Comparison = '=' | '!=' | '<' | '<=' | '>' | '>='

export type Test =
  | { is: 'one of'; values: string[] }
  | { is: 'empty' }
  | { is: 'compared'; operator: Comparison; value: number }
  | { is: 'between'; low: number; high: number }
  | { is: 'during'; range: TimeRange }
  | { is: 'mentions'; text: string }

/** Columns that a word may mean; `at` tells which table is nearest when there are several. */
export type Meant = { columns: ColumnName[]; at: number }
export type Condition = Meant & {
  test: Test
  negated: boolean
  /** A time with no word for what happened then: it means "created", where nothing else can be meant. */
  bare?: true
}
export type Measure = { is: 'count'; of?: Meant } | { is: 'sum' | 'avg' | 'min' | 'max'; of: Meant }
export type DatePart = 'day' | 'week' | 'month' | 'year'
export type Grouping =
  | (Meant & { by: 'column' })
  | { by: DatePart; at: number }
  | { by: 'row'; table: TableName }
export type Ordering = Meant & { direction: 'ASC' | 'DESC' | null }

/** How a second table comes in: its rows are those of the first (`of`), shown with it, or only asked about. */
export type Link = {
  role: 'of' | 'their' | 'with' | 'without' | 'ranked'
  atLeast?: { operator: Comparison; value: number }
  direction?: 'ASC' | 'DESC'
}
export type Mention = { table: TableName; at: number; many: boolean; link?: Link }

/** What has been read of a question so far. */
export type Draft = {
  pieces: Piece[]
  now: Date
  at: number
  mentions: Mention[]
  fields: Meant[]
  everything: boolean
  distinct: boolean
  measure: Measure | undefined
  groups: Grouping[]
  conditions: Condition[]
  orders: Ordering[]
  limit: number | undefined
  /** "top", "most" and "fewest" wait for what they are about. */
  top: boolean
  rank: 'ASC' | 'DESC' | undefined
  /** How many rows a group must have to be shown. */
  having: { operator: Comparison; value: number } | undefined
  link: Link | undefined
  showing: boolean
  /** The piece before was the value of something that moves: a time behind it would be when it moved. */
  afterMove: boolean
  unplaced: Piece[]
  /** Why something could not be placed, where more can be said than which words. */
  notes: string[]
}

export function startDraft(pieces: Piece[], now: Date): Draft {
  return {
    ...{ pieces, now, at: 0, mentions: [], fields: [], everything: false, distinct: false },
    ...{ measure: undefined, groups: [], conditions: [], orders: [], limit: undefined, top: false },
    ...{
      rank: undefined,
      having: undefined,
      link: undefined,
      showing: false,
      afterMove: false,
      unplaced: [],
      notes: [],
    },
  }
}

/** The next piece that says something, from here on. */
export function skipFillers(draft: Draft, at: number, also: Piece['is'][] = []): number {
  let next = at
  while (['filler', ...also].includes(draft.pieces[next]?.is ?? '')) next++
  return next
}
