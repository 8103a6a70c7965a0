import { ToolError } from '../tools/tool-handler.ts'
import type { Draft } from './question-draft.ts'

export const EXAMPLES = [
  'how many open tickets per hotel',
  'urgent tickets in VV-LISBON without assignee',
  'total amount of orders this month per merchant',
  'chamados abertos criados nos últimos 7 dias',
]

/** A question that is not answered, since an answer would be a guess. */
export function refuseQuestion(reason: string, notes: string[] = []): never {
  const hints = [...new Set(notes)].map((note) => `; ${note}`).join('')
  const examples = EXAMPLES.map((example) => `"${example}"`).join(', ')
  throw new ToolError(
    'question_not_understood',
    `${reason}${hints}. Ask for example: ${examples}; or give sql instead`,
  )
}

export function refuseUnplaced({ unplaced, notes }: Draft): void {
  if (unplaced.length === 0) return
  const words = unplaced.map((piece) => `"${piece.words.map(({ text }) => text).join(' ')}"`)
  refuseQuestion(`these words of the question could not be placed: ${words.join(', ')}`, notes)
}
