import { describe, expect, test } from 'vitest'
import { parseInput } from '../lib/validation.ts'
import { checkManifest } from './check-manifest.ts'
import { Manifest } from './schema.ts'
import { MANIFEST_VOCABULARY } from './vocabulary.ts'

const app = {
  id: 'console',
  name: 'Console',
  workflows: [{ id: 'flow', workflow_ref: 'demo', label: 'Flow' }],
  actions: [{ id: 'ask', label: 'Ask', workflow_id: 'flow', input_mapping: { text: '$event.message' } }],
}
const manifestOf = (more: object = {}, version = '1.0.0') => ({ version, app: { ...app, ...more } })
const faultsOf = (more: object) => checkManifest(Manifest.parse(manifestOf(more)))
/** What the schema refuses, as the API tells it. */
function refusalOf(manifest: unknown): Record<string, string> {
  try {
    parseInput(Manifest, manifest, MANIFEST_VOCABULARY)
    return {}
  } catch (error) {
    const { details } = error as { details: { path: string; message: string }[] }
    return Object.fromEntries(details.map(({ path, message }) => [path, message]))
  }
}

describe('the form of a manifest', () => {
  test('a manifest may leave out everything but names, and is private, without scopes, in draft mode', () => {
    expect(Manifest.parse(manifestOf()).app).toMatchObject({
      visibility: 'private',
      scopes: { tools: [], memory: [], external: [] },
      workflows: [{ default_mode: 'draft' }],
      views: [],
      icon: null,
    })
  })

  test('a tool is named with and without the leading tool.', () => {
    const { scopes } = Manifest.parse(manifestOf({ scopes: { tools: ['tool.a.b', 'a.c'] } })).app
    expect(scopes.tools).toEqual(['a.b', 'a.c'])
  })

  test.each([
    ['another version of manifests', manifestOf({}, '2.0.0'), 'version', /expected a version 1\.x\.y/],
    ['an unknown member', manifestOf({ colour: 'red' }), 'app.colour', /Extra inputs/],
    [
      'an unknown member deep down',
      manifestOf({ workflows: [{ ...app.workflows[0], steps: [] }] }),
      'app.workflows.0.steps',
      /Extra inputs/,
    ],
    ['a wrapped manifest', { manifest: manifestOf() }, 'manifest', /Extra inputs/],
    [
      '10,000 actions',
      manifestOf({ actions: Array.from({ length: 10_000 }, (_, n) => ({ ...app.actions[0], id: `a${n}` })) }),
      'app.actions',
      /at most 500 items/,
    ],
    [
      'an unknown mode',
      manifestOf({ workflows: [{ ...app.workflows[0], default_mode: 'yolo' }] }),
      'app.workflows.0.default_mode',
      /'draft' or 'auto'/,
    ],
    [
      'an unknown visibility',
      manifestOf({ visibility: 'world' }),
      'app.visibility',
      /'private', 'org' or 'public'/,
    ],
    [
      'an address for a host',
      manifestOf({ scopes: { external: ['https://a.example/x'] } }),
      'app.scopes.external.0',
      /expected a host/,
    ],
    ['every host', manifestOf({ scopes: { external: ['*'] } }), 'app.scopes.external.0', /expected a host/],
    [
      'an unknown view',
      manifestOf({ views: [{ id: 'v', type: 'map', title: 'Map' }] }),
      'app.views.0.type',
      /'chat', 'table'/,
    ],
    ['a NUL in a name', manifestOf({ name: 'a\0' }), 'app.name', /NUL/],
  ])('%s is refused where it stands', (_, manifest, path, message) => {
    expect(refusalOf(manifest)[path]).toMatch(message)
  })

  test.each(['api.example.com', '*.example.com', '127.0.0.1:8080', '[::1]:9000', 'localhost'])(
    '%s is a host',
    (host) => expect(refusalOf(manifestOf({ scopes: { external: [host] } }))).toEqual({}),
  )
})

describe('what a manifest says', () => {
  test('one without faults has none', () => expect(faultsOf({})).toEqual([]))

  test('every fault is told at once, each with its place', () => {
    const faults = faultsOf({
      workflows: [app.workflows[0], app.workflows[0]],
      actions: [
        app.actions[0],
        { ...app.actions[0], workflow_id: 'nowhere', input_mapping: { a: { b: '$event..c' } } },
      ],
      views: [
        { id: 'v', type: 'form', title: 'Form' },
        { id: 'v', type: 'chat', title: 'Chat', action_id: 'none' },
        { id: 'w', type: 'trace', title: 'Trace', columns: ['id'] },
      ],
      default_view_id: 'x',
    })
    expect(faults.map(({ path }) => path).sort()).toEqual([
      'app.actions.1.id',
      'app.actions.1.input_mapping.a.b',
      'app.actions.1.workflow_id',
      'app.default_view_id',
      'app.views.0.action_id',
      'app.views.1.action_id',
      'app.views.1.id',
      'app.views.2.columns',
      'app.workflows.1.id',
    ])
    const alias = faults.find(({ path }) => path === 'app.actions.1.workflow_id')
    expect(alias!.message).toBe("expected the id of a workflow of this manifest (flow), got 'nowhere'")
  })

  test('a chat needs an action that reads what is said', () => {
    const chat = { views: [{ id: 'v', type: 'chat', title: 'Chat', action_id: 'ask' }] }
    expect(faultsOf(chat)).toEqual([])
    const deaf = { ...app.actions[0], input_mapping: { text: '$context.message' } }
    expect(faultsOf({ ...chat, actions: [deaf] })[0]!.message).toMatch(/reads \$event\.message/)
  })
})
