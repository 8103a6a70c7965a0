import { expect, test } from 'vitest'
import { layoutGraph, type Measures } from './layout-graph.ts'
import { type DefinitionGraph, readDefinition } from './read-definition.ts'

const RIGHT: Measures = {
  direction: 'right',
  width: 200,
  height: 60,
  layerGap: 100,
  labelGap: 100,
  nodeGap: 20,
}

function graphOf(...edges: [string, string][]): DefinitionGraph {
  const ids = [...new Set(edges.flat())]
  return {
    entry: ids[0]!,
    nodes: ids.map((id) => ({ id, name: null, type: 'static', about: null })),
    edges: edges.map(([from, to], index) => ({ id: `${index}`, from, to, label: null })),
  }
}

test('every node stands in a layer behind all that lead to it', () => {
  const { nodes } = layoutGraph(graphOf(['a', 'b'], ['b', 'c'], ['a', 'c'], ['c', 'd']), RIGHT)
  expect(['a', 'b', 'c', 'd'].map((id) => nodes.get(id)!.x)).toEqual([0, 300, 600, 900])
})

test('no two nodes stand on each other, whatever the graph', () => {
  const wide = Array.from({ length: 12 }, (_, index): [string, string] => ['a', `n${index}`])
  const joined = wide.map(([, to]): [string, string] => [to, 'z'])
  const { nodes } = layoutGraph(graphOf(...wide, ...joined, ['a', 'z'], ['z', 'a']), RIGHT)
  const boxes = [...nodes.values()]
  for (const [index, a] of boxes.entries()) {
    for (const b of boxes.slice(index + 1)) {
      expect(Math.abs(a.x - b.x) >= 200 || Math.abs(a.y - b.y) >= 60).toBe(true)
    }
  }
})

test('layers are ordered so that edges do not cross where they need not', () => {
  const { nodes } = layoutGraph(graphOf(['s', 'a'], ['s', 'b'], ['b', 'x'], ['a', 'y']), RIGHT)
  const isAbove = (one: string, other: string) => nodes.get(one)!.y < nodes.get(other)!.y
  expect(isAbove('a', 'b')).toBe(isAbove('y', 'x'))
})

test('an edge over several layers has a place of its own in each: it does not run behind a node', () => {
  const { nodes, edges } = layoutGraph(graphOf(['a', 'b'], ['b', 'c'], ['a', 'c']), RIGHT)
  const passes = [...edges.get('2')!.path.matchAll(/(-?\d+) (-?\d+)/g)].map(([, x, y]) => [
    Number(x),
    Number(y),
  ])
  const b = nodes.get('b')!
  const above = passes.filter(([x]) => x! >= b.x && x! <= b.x + 200).map(([, y]) => y!)
  expect(above.length).toBeGreaterThan(0)
  expect(above.every((y) => y < b.y || y > b.y + 60)).toBe(true)
})

test('a loop, a node that leads to itself and one that nothing leads to are placed as well', () => {
  const graph = graphOf(['a', 'b'], ['b', 'a'], ['b', 'b'])
  graph.nodes.push({ id: 'alone', name: null, type: 'static', about: null })
  const { nodes, edges } = layoutGraph(graph, { ...RIGHT, direction: 'down' })
  expect(nodes.size).toBe(3)
  expect(nodes.get('b')!.y).toBeGreaterThan(nodes.get('a')!.y)
  expect([...edges.values()].every(({ path }) => /^M -?\d+ -?\d+ C/.test(path))).toBe(true)
})

test('five hundred nodes in a row take no time and no stack', () => {
  const edges = Array.from({ length: 499 }, (_, index): [string, string] => [`n${index}`, `n${index + 1}`])
  const started = performance.now()
  expect(layoutGraph(graphOf(...edges), RIGHT).nodes.get('n499')!.x).toBe(499 * 300)
  expect(performance.now() - started).toBeLessThan(1_000)
})

test('a definition is read with its aliases; routes say when their edges are taken', () => {
  const graph = readDefinition({
    entryNode: 'ask',
    nodes: [
      { id: 'ask', type: 'agent', config: { agent_id: 'agent.a' } },
      {
        id: 'way',
        type: 'router',
        config: { routes: [{ id: 'yes', condition: 'if it is urgent', target_node: 'end' }] },
      },
      { id: 'end', type: 'timer', name: 'The end', config: { duration_ms: 5 } },
    ],
    edges: [
      { from: 'ask', to: 'way' },
      { from: 'way', to: 'end', condition: 'yes' },
      { from: 'way', to: 'nowhere' },
    ],
  })
  expect(graph).toEqual({
    entry: 'ask',
    nodes: [
      { id: 'ask', name: null, type: 'agent', about: 'agent.a' },
      { id: 'way', name: null, type: 'router', about: null },
      { id: 'end', name: 'The end', type: 'wait', about: '5 ms' },
    ],
    edges: [
      { id: '0', from: 'ask', to: 'way', label: null },
      { id: '1', from: 'way', to: 'end', label: 'if it is urgent' },
    ],
  })
  expect([readDefinition(null), readDefinition([]), readDefinition({ nodes: 3 })]).toEqual([null, null, null])
})
