import { type Namespace, type PolicyScope, VOCABULARY } from './schema.ts'

/**
 * What requests of one kind of action carry: for each namespace its fields, or `open` when anything may stand there.
 * A namespace that is absent is out of reach of policies. Every action has `action`.
 */
export type ActionFields = { readonly [N in Namespace]?: 'open' | readonly string[] }

/** What the engine asks about inside a run. They are allowed unless a policy says otherwise. */
export const RUN_ACTIONS = ['run_start', 'tool_call', 'workflow_execution', 'web3.transaction'] as const

const { user, tenant, app, workflow, agent, tool, run } = VOCABULARY

/** An action that somebody outside asks about and that no other entry describes, e.g. through AuthZEN. */
/** A change of policies, as `policyChangeRequest` asks about it. */
const POLICY_CHANGE: ActionFields = { user, tenant, policy: VOCABULARY.policy }

const OUTSIDE_ACTION: ActionFields = { user, tenant, subject: 'open', resource: 'open', context: 'open' }

/** A map and not an object, because the name of an action comes from outside. */
const KNOWN_ACTIONS: ReadonlyMap<string, ActionFields> = new Map<string, ActionFields>([
  ['purchase.create', { user, tenant, resource: 'open', context: 'open' }],
  ['run_start', { user, tenant, app, workflow, run: ['mode', 'input'] }],
  ['tool_call', { user, tenant, app, workflow, agent, run, tool }],
  ['workflow_execution', { user, tenant, app, workflow, agent, run }],
  // A call of the tool that lets a wallet have transactions; `context` tells what they are.
  ['web3.transaction', { user, tenant, app, workflow, agent, run, tool, context: 'open' }],
])

/**
 * The fields that policies may expect of an action.
 *
 * @param absent Namespaces that this call has no part in: `app` for a run outside any app, `agent` for a tool that a
 * node calls. Rules about them do not apply then, where a field that is merely missing would make them escalate. It is
 * for the caller to know; nothing that a requester sends may decide it.
 */
export function fieldsOf(action: string, absent: readonly Namespace[] = []): ActionFields {
  const fields = KNOWN_ACTIONS.get(action) ?? OUTSIDE_ACTION
  return absent.length === 0 ? fields : without(fields, absent)
}

/** Made once for each combination: it is asked for with every call inside a run. */
const REDUCED = new Map<ActionFields, Map<string, ActionFields>>()

function without(fields: ActionFields, absent: readonly Namespace[]): ActionFields {
  const made = REDUCED.get(fields) ?? new Map<string, ActionFields>()
  REDUCED.set(fields, made)
  const key = absent.join()
  const reduced =
    made.get(key) ??
    Object.fromEntries(Object.entries(fields).filter(([name]) => !absent.includes(name as Namespace)))
  made.set(key, reduced)
  return reduced
}

export function hasField(fields: ActionFields, field: string): boolean {
  const [namespace, name] = field.split('.') as [Namespace, string]
  const reach = fields[namespace]
  return reach === 'open' || reach?.includes(name) === true
}

/** Only actions inside a run belong to an app, a workflow or a tool. One of scope `agent` may be carried by a key. */
const ACTIONS_OF_SCOPE: { [S in PolicyScope]?: readonly string[] } = {
  app: RUN_ACTIONS,
  workflow: RUN_ACTIONS,
  tool: ['tool_call', 'web3.transaction'],
}

/** The fields of each action that a policy of this scope may be asked about; of those named, where it names some. */
export function fieldSetsOf(scope: PolicyScope, actions: readonly string[] | null): ActionFields[] {
  const within = ACTIONS_OF_SCOPE[scope]
  if (actions) return actions.filter((action) => within?.includes(action) ?? true).flatMap(setsOfAction)
  return within
    ? within.map((each) => fieldsOf(each))
    : [...KNOWN_ACTIONS.values(), POLICY_CHANGE, OUTSIDE_ACTION]
}

const setsOfAction = (action: string) =>
  action.startsWith('policy.') ? [POLICY_CHANGE, fieldsOf(action)] : [fieldsOf(action)]
