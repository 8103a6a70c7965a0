import type { Json } from '../lib/canonical-json.ts'
import { isBrokenReference, listTexts, readReference } from './map-input.ts'
import type { AppView, Manifest } from './schema.ts'

export type ManifestFault = { path: string; message: string }

/** Everything that is wrong with a manifest and can be said without knowing the tenant. */
export function checkManifest({ app }: Manifest): ManifestFault[] {
  const aliases = new Set(app.workflows.map(({ id }) => id))
  const actions = new Map(app.actions.map((action) => [action.id, action]))
  const faults = [
    ...duplicates(app.workflows, 'app.workflows', 'workflow'),
    ...duplicates(app.actions, 'app.actions', 'action'),
    ...duplicates(app.views, 'app.views', 'view'),
  ]
  for (const [index, action] of app.actions.entries()) {
    const path = `app.actions.${index}`
    if (!aliases.has(action.workflow_id)) {
      faults.push({
        path: `${path}.workflow_id`,
        message: `expected the id of a workflow of this manifest (${namesOf(aliases)}), got '${action.workflow_id}'`,
      })
    }
    for (const { path: place, text } of listTexts(action.input_mapping, `${path}.input_mapping`)) {
      if (!isBrokenReference(text)) continue
      faults.push({
        path: place,
        message: `expected a path such as $event.a.b or $context.a.b, got '${text.slice(0, 100)}'`,
      })
    }
  }
  for (const [index, view] of app.views.entries()) {
    faults.push(...checkView(view, `app.views.${index}`, actions))
  }
  const viewIds = new Set(app.views.map(({ id }) => id))
  if (app.default_view_id !== undefined && !viewIds.has(app.default_view_id)) {
    faults.push({
      path: 'app.default_view_id',
      message: `expected the id of a view of this manifest (${namesOf(viewIds)}), got '${app.default_view_id}'`,
    })
  }
  return faults
}

function duplicates(items: { id: string }[], path: string, what: string): ManifestFault[] {
  const first = new Map<string, number>()
  return items.flatMap(({ id }, index) => {
    const earlier = first.get(id)
    if (earlier === undefined) {
      first.set(id, index)
      return []
    }
    return [
      {
        path: `${path}.${index}.id`,
        message: `expected another id: '${id}' is that of ${what} ${earlier} already`,
      },
    ]
  })
}

type Action = Manifest['app']['actions'][number]

function checkView(view: AppView, path: string, actions: Map<string, Action>): ManifestFault[] {
  const faults: ManifestFault[] = []
  const needsAction = view.type === 'form' || view.type === 'chat'
  const action = view.action_id === undefined ? null : actions.get(view.action_id)
  if (action === undefined) {
    faults.push({
      path: `${path}.action_id`,
      message: `expected the id of an action of this manifest (${namesOf(actions.keys())}), got '${view.action_id}'`,
    })
  } else if (action === null && needsAction) {
    faults.push({ path: `${path}.action_id`, message: `expected the action that this ${view.type} runs` })
  } else if (action && view.type === 'chat' && !readsMessage(action.input_mapping)) {
    faults.push({
      path: `${path}.action_id`,
      message: `expected an action whose input_mapping reads $event.message, got '${action.id}', which does not`,
    })
  }
  if (view.columns && view.type !== 'table') {
    faults.push({ path: `${path}.columns`, message: `expected columns in a table only, got a ${view.type}` })
  }
  return faults
}

function readsMessage(mapping: Record<string, Json>): boolean {
  return listTexts(mapping, '').some(({ text }) => {
    const reference = readReference(text)
    return reference?.root === 'event' && (reference.path.length === 0 || reference.path[0] === 'message')
  })
}

/** The first few, so that a message stays readable. */
function namesOf(names: Iterable<string>): string {
  const all = [...names]
  if (all.length === 0) return 'it has none'
  return all.length <= 8 ? all.join(', ') : `${all.slice(0, 8).join(', ')} and ${all.length - 8} more`
}
