import type { PendingApproval } from '../../http/schema.ts'
import { text } from '../text.ts'
import { formatAmount, toDecimal } from '../ui/format-money.ts'
import { cutText, findMixedScripts, hidesSomething, revealAsString } from '../ui/reveal-text.ts'
import { readProposedPlan, type ToldPlan, WEB3_TRANSACTION } from './proposed-plan.ts'

export type Payload = NonNullable<PendingApproval['payload']>
type Json = Payload[string]

export type Amount = { decimal: string; currency: string; shown: string }

/** What an action is about, in a sentence of the catalogue with the payload's own values in its slots. */
export type Described = {
  sentence: string
  /** The same without the amount, for lists that set amounts in a column. */
  row: string
  slots: Record<string, string>
  amount: Amount | null
  /** Whether these are Countersign's words about the payload, or the requester's about itself. */
  isFromPayload: boolean
  /** From how many letters on a value is cut in the sentence. */
  longest: number
}

export type Describable = { action: string | null; payload: Payload | null; title: string }

/** @param told what the bytes of a plan say: without it nothing is said of what the plan does. */
export function describeApproval(
  { action, payload, title }: Describable,
  told: ToldPlan | null = null,
): Described {
  const amount = readAmount(payload)
  if (action === 'purchase.create' && amount) return describePurchase(payload?.merchant, amount)
  const known = describePlan(action, payload, told) ?? describeQuestion({ action, payload, title })
  if (known) return known
  if (action !== null) {
    return {
      sentence: text.payload.any,
      row: text.payload.any,
      slots: { action },
      amount,
      isFromPayload: true,
      longest: MAX_IN_SENTENCE,
    }
  }
  const { says } = text.payload
  return {
    sentence: says,
    row: says,
    slots: { words: title },
    amount,
    isFromPayload: false,
    longest: MAX_IN_SENTENCE,
  }
}

function describePurchase(merchant: Json | undefined, amount: Amount): Described {
  const { payload } = text
  const named = typeof merchant === 'string' && merchant !== ''
  return {
    sentence: named ? payload['purchase.create'] : payload['purchase.create.noMerchant'],
    row: named ? payload.rowPurchase : payload.rowPurchaseNoMerchant,
    slots: { ...(named && { merchant }), amount: amount.shown },
    amount,
    isFromPayload: true,
    longest: MAX_IN_SENTENCE,
  }
}

/** What a wallet would be given to send. The words hold amounts and addresses to their end, so they are not cut early. */
function describePlan(
  action: string | null,
  payload: Payload | null,
  told: ToldPlan | null,
): Described | null {
  if (!readProposedPlan(action, payload)) return null
  const sentence = told ? text.payload['web3.transaction'] : text.payload['web3.transaction.unread']
  return {
    sentence,
    row: sentence,
    slots: told ? { words: told.words } : {},
    amount: null,
    isFromPayload: true,
    longest: 300,
  }
}

/** Longer than this, a name is cut in a sentence; it stands whole in the table below. */
const MAX_IN_SENTENCE = 80

/** A title that is longer is cut in the sentence, and so stands once more where the requester speaks. */
const MAX_TITLE = MAX_IN_SENTENCE

/** What Countersign itself goes on with: runs of workflows, changes of policies. What others ask for is done with a token. */
export function isDoneByApproval(action: string | null): boolean {
  return action !== null && DONE_BY_APPROVAL.has(action)
}
const DONE_BY_APPROVAL = new Set([
  'human_gate',
  'tool_call',
  'tool_call_in_doubt',
  'run_start',
  'workflow_execution',
  WEB3_TRANSACTION,
  'policy.create',
  'policy.update',
  'policy.delete',
])

/** What a run of a workflow, or somebody who changes policies, asks a human for. */
function describeQuestion({ action, payload, title }: Describable): Described | null {
  const { payload: says } = text
  const ask = (sentence: string, slots: Record<string, Json | undefined>): Described | null => {
    const isNamed = Object.values(slots).every((value) => typeof value === 'string' && value !== '')
    if (!isNamed) return null
    const named = slots as Record<string, string>
    return {
      sentence,
      row: sentence,
      slots: named,
      amount: null,
      isFromPayload: true,
      longest: MAX_IN_SENTENCE,
    }
  }
  switch (action) {
    case 'human_gate': {
      if (title === '') return ask(says['human_gate.noTitle'], { node: payload?.node_id })
      const asked = ask(says.human_gate, { words: title })
      return asked && { ...asked, row: says.says, isFromPayload: title.length > MAX_TITLE }
    }
    case 'tool_call':
    case 'tool_call_in_doubt':
      return ask(says[action], { tool: payload?.tool_id })
    case 'run_start':
      return ask(says.run_start, { workflow: payload?.workflow_id })
    case 'workflow_execution':
      return ask(says.workflow_execution, { agent: payload?.agent_id })
    case 'policy.create':
    case 'policy.update':
      return ask(says[action], { policy: nameOf(payload?.policy) })
    case 'policy.delete':
      return ask(says[action], { policy: payload?.policy_id })
    default:
      return null
  }
}

function nameOf(policy: Json | undefined): Json | undefined {
  return typeof policy === 'object' && policy !== null && !Array.isArray(policy) ? policy.name : undefined
}

/** The sentence as one text, for where no elements can stand. */
export function sayAsString({ sentence, slots, longest }: Described): string {
  return sentence.replace(/\{(\w+)\}/g, (_, name: string) =>
    revealAsString(cutText(slots[name] ?? '', longest)),
  )
}

/** An amount only with its currency: a bare number may be anything. */
export function readAmount(payload: Payload | null): Amount | null {
  const decimal = toDecimal(payload?.amount)
  const currency = payload?.currency
  if (decimal === null || typeof currency !== 'string' || currency === '') return null
  return { decimal, currency, shown: `${formatAmount(decimal, currency)} ${currency}` }
}

/** More rows than this are read as JSON. */
const MAX_ROWS = 60
const MAX_DEPTH = 4

export type PayloadRow = { path: string; value: string; isLiteral: boolean }

/** The payload as paths and values: what a table can show of it, and how much it leaves out. */
export function listPayloadRows(payload: Payload): { rows: PayloadRow[]; more: number } {
  const rows: PayloadRow[] = []
  let more = 0
  const add = (path: string, value: Json, depth: number) => {
    const members = value !== null && typeof value === 'object' ? Object.entries(value) : []
    if (members.length > 0 && depth < MAX_DEPTH) {
      for (const [name, member] of members) add(path ? `${path}.${name}` : name, member as Json, depth + 1)
    } else if (rows.length >= MAX_ROWS) {
      more += 1
    } else {
      rows.push({ path, ...sayValue(value) })
    }
  }
  add('', payload, 0)
  return { rows, more }
}

/** A text that would read as a number, a truth value or nothing keeps its quotes. */
function sayValue(value: Json): { value: string; isLiteral: boolean } {
  if (typeof value !== 'string') return { value: JSON.stringify(value), isLiteral: true }
  const looksLiteral = /^(-?\d+(\.\d+)?([eE][+-]?\d+)?|true|false|null)$/.test(value)
  return { value: looksLiteral ? JSON.stringify(value) : value, isLiteral: false }
}

export type TextFindings = { hides: boolean; mixed: ReturnType<typeof findMixedScripts> }

/** What in a text could make it read differently than it is. */
export const inspectText = (value: string): TextFindings => ({
  hides: hidesSomething(value),
  mixed: findMixedScripts(value),
})

/** The same of all texts of an approval. */
export function inspectTexts(approval: PendingApproval): TextFindings {
  const findings: TextFindings = { hides: false, mixed: null }
  const look = (value: string) => {
    findings.hides ||= hidesSomething(value)
    findings.mixed ??= findMixedScripts(value)
  }
  const visit = (value: Json) => {
    if (typeof value === 'string') look(value)
    else if (value !== null && typeof value === 'object') {
      for (const [name, member] of Object.entries(value)) {
        look(name)
        visit(member as Json)
      }
    }
  }
  const { title, details, requested_by, reason, action, run_id, payload } = approval
  for (const value of [title, details, requested_by, reason, action, run_id]) if (value !== null) look(value)
  visit(payload)
  return findings
}
