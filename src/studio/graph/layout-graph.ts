import type { DefinitionGraph } from './read-definition.ts'

export type Point = { x: number; y: number }
export type Layout = {
  /** The upper left corner of each node. */
  nodes: Map<string, Point>
  /** The way of each edge as an SVG path, and where its label stands. */
  edges: Map<string, { path: string; label: Point }>
  width: number
  height: number
}

export type Measures = {
  /** `right`: layers are columns. `down`: layers are rows. */
  direction: 'right' | 'down'
  width: number
  height: number
  /** Between layers; more where edges have labels. Between nodes of one layer. */
  layerGap: number
  labelGap: number
  nodeGap: number
}

/** One place in a layer: a node, or where a long edge passes. */
type Slot = { key: string; isNode: boolean; layer: number; at: number }
type Link = { from: string; to: string }

/**
 * Places a graph in layers: every node behind all that lead to it, edges that go back left aside. Nodes of a layer stand
 * in the order that crosses the fewest edges, as far as a few sweeps find it; an edge over several layers gets a place in
 * each of them, so that it does not run behind nodes.
 */
export function layoutGraph(graph: DefinitionGraph, measures: Measures): Layout {
  const back = findBackEdges(graph)
  const forward = graph.edges.filter(({ id, from, to }) => !back.has(id) && from !== to)
  const layerOf = layerNodes(graph, forward)
  const slots = new Map<string, Slot>()
  for (const { id } of graph.nodes) slots.set(id, { key: id, isNode: true, layer: layerOf.get(id)!, at: 0 })
  const chains = new Map<string, string[]>()
  for (const { id, from, to } of forward) {
    const chain = [from]
    for (let layer = layerOf.get(from)! + 1; layer < layerOf.get(to)!; layer += 1) {
      const key = `\0${id} ${layer}`
      slots.set(key, { key, isNode: false, layer, at: 0 })
      chain.push(key)
    }
    chains.set(id, [...chain, to])
  }
  const links = [...chains.values()].flatMap((chain) =>
    chain.slice(1).map((to, index): Link => ({ from: chain[index]!, to })),
  )
  const layers = orderLayers([...slots.values()], links)
  const labelled = new Set(forward.flatMap(({ label, to }) => (label === null ? [] : [layerOf.get(to)! - 1])))
  return draw(graph, measures, layers, slots, chains, labelled)
}

/** Edges that lead back to a node on the way to them. Without them the graph has no cycle. */
function findBackEdges(graph: DefinitionGraph): Set<string> {
  const edgesFrom = Map.groupBy(graph.edges, ({ from }) => from)
  const back = new Set<string>()
  const state = new Map<string, 'open' | 'done'>()
  for (const start of [graph.entry, ...graph.nodes.map(({ id }) => id)]) {
    if (state.has(start)) continue
    // By hand and not by recursion: a definition may be a chain of hundreds of nodes.
    const stack = [{ node: start, next: 0 }]
    state.set(start, 'open')
    while (stack.length > 0) {
      const top = stack.at(-1)!
      const edge = edgesFrom.get(top.node)?.[top.next]
      top.next += 1
      if (edge === undefined) {
        state.set(top.node, 'done')
        stack.pop()
      } else if (state.get(edge.to) === 'open') {
        back.add(edge.id)
      } else if (!state.has(edge.to)) {
        state.set(edge.to, 'open')
        stack.push({ node: edge.to, next: 0 })
      }
    }
  }
  return back
}

/** The longest way to each node, in edges. */
function layerNodes({ nodes }: DefinitionGraph, forward: Link[]): Map<string, number> {
  const layerOf = new Map(nodes.map(({ id }) => [id, 0]))
  const missing = new Map(nodes.map(({ id }) => [id, 0]))
  for (const { to } of forward) missing.set(to, missing.get(to)! + 1)
  const edgesFrom = Map.groupBy(forward, ({ from }) => from)
  const ready = nodes.filter(({ id }) => missing.get(id) === 0).map(({ id }) => id)
  for (let id = ready.shift(); id !== undefined; id = ready.shift()) {
    for (const { to } of edgesFrom.get(id) ?? []) {
      layerOf.set(to, Math.max(layerOf.get(to)!, layerOf.get(id)! + 1))
      missing.set(to, missing.get(to)! - 1)
      if (missing.get(to) === 0) ready.push(to)
    }
  }
  return layerOf
}

const SWEEPS = 6

/** Sorts each layer by the middle of what it is linked to, there and back again. */
function orderLayers(slots: Slot[], links: Link[]): Slot[][] {
  const layers: Slot[][] = Array.from({ length: Math.max(...slots.map(({ layer }) => layer)) + 1 }, () => [])
  for (const slot of slots) layers[slot.layer]!.push(slot)
  for (const layer of layers) number(layer)
  const slotOf = new Map(slots.map((slot) => [slot.key, slot]))
  const before = Map.groupBy(links, ({ to }) => to)
  const after = Map.groupBy(links, ({ from }) => from)
  const middle = (positions: number[], own: number) =>
    positions.length === 0 ? own : positions.reduce((sum, each) => sum + each, 0) / positions.length
  for (let sweep = 0; sweep < SWEEPS; sweep += 1) {
    const isForth = sweep % 2 === 0
    for (const layer of isForth ? layers : layers.toReversed()) {
      const wanted = new Map(
        layer.map((slot) => {
          const neighbours = isForth
            ? (before.get(slot.key) ?? []).map(({ from }) => slotOf.get(from)!.at)
            : (after.get(slot.key) ?? []).map(({ to }) => slotOf.get(to)!.at)
          return [slot.key, middle(neighbours, slot.at)]
        }),
      )
      layer.sort((a, b) => wanted.get(a.key)! - wanted.get(b.key)! || a.at - b.at)
      number(layer)
    }
  }
  return layers
}

/** Positions count from the middle of the layer, so that layers of different size compare. */
function number(layer: Slot[]): void {
  layer.forEach((slot, index) => {
    slot.at = index - (layer.length - 1) / 2
  })
}

function draw(
  graph: DefinitionGraph,
  measures: Measures,
  layers: Slot[][],
  slots: Map<string, Slot>,
  chains: Map<string, string[]>,
  labelled: Set<number>,
): Layout {
  const { direction, width, height, layerGap, labelGap, nodeGap } = measures
  const isRight = direction === 'right'
  const length = isRight ? width : height
  const starts = [0]
  for (const layer of layers.keys()) {
    starts.push(starts[layer]! + length + (labelled.has(layer) ? labelGap : layerGap))
  }
  const across = (isRight ? height : width) + nodeGap
  const most = Math.max(1, ...layers.map((layer) => layer.length))
  const centerOf = ({ layer, at }: Slot): Point => {
    const a = starts[layer]! + length / 2
    const b = (at + (most - 1) / 2) * across + (isRight ? height : width) / 2
    return isRight ? { x: a, y: b } : { x: b, y: a }
  }
  const nodes = new Map(
    graph.nodes.map(({ id }) => {
      const { x, y } = centerOf(slots.get(id)!)
      return [id, { x: x - width / 2, y: y - height / 2 }]
    }),
  )
  const edges = new Map(
    graph.edges.map(({ id, from, to, label }) => {
      const chain = chains.get(id)?.map((key) => slots.get(key)!)
      const way = chain
        ? forwardWay(chain.map(centerOf), measures)
        : backWay(centerOf(slots.get(from)!), centerOf(slots.get(to)!), measures, label !== null)
      return [id, way]
    }),
  )
  const total = { along: starts.at(-2)! + length, across: most * across - nodeGap }
  return isRight
    ? { nodes, edges, width: total.along, height: total.across }
    : { nodes, edges, width: total.across, height: total.along }
}

/** A point of the curve, by how far it has come along and across the layers. */
const ALONG = 0.66
const ACROSS = 0.78

/** From the far side of the first node through the places between to the near side of the last. */
function forwardWay(
  centers: Point[],
  { direction, width, height }: Measures,
): { path: string; label: Point } {
  const isRight = direction === 'right'
  const points = centers.map((center, index) => {
    const side = index === 0 ? 0.5 : index === centers.length - 1 ? -0.5 : 0
    return isRight
      ? { x: center.x + side * width, y: center.y }
      : { x: center.x, y: center.y + side * height }
  })
  const curves = points.slice(1).map((to, index) => {
    const from = points[index]!
    const mid = isRight ? (from.x + to.x) / 2 : (from.y + to.y) / 2
    const [a, b] = isRight
      ? [
          { x: mid, y: from.y },
          { x: mid, y: to.y },
        ]
      : [
          { x: from.x, y: mid },
          { x: to.x, y: mid },
        ]
    return `C ${say(a)} ${say(b)} ${say(to)}`
  })
  // Towards its end, where edges that part have parted; on the curve.
  const [beforeLast, last] = [points.at(-2)!, points.at(-1)!]
  const [x, y] = isRight ? [ALONG, ACROSS] : [ACROSS, ALONG]
  const label = {
    x: beforeLast.x + x * (last.x - beforeLast.x),
    y: beforeLast.y + y * (last.y - beforeLast.y),
  }
  return { path: `M ${say(points[0]!)} ${curves.join(' ')}`, label }
}

/** Around the nodes: out on one side and back in on the same. */
function backWay(
  from: Point,
  to: Point,
  { direction, width, height, nodeGap, labelGap }: Measures,
  hasLabel: boolean,
): { path: string; label: Point } {
  const isRight = direction === 'right'
  const bulge = nodeGap + (hasLabel ? labelGap : 0) + (isRight ? height : width) / 2
  const reach = isRight ? Math.max(from.y, to.y) + bulge : Math.max(from.x, to.x) + bulge
  const start = isRight
    ? { x: from.x + width / 4, y: from.y + height / 2 }
    : { x: from.x + width / 2, y: from.y + height / 4 }
  const end = isRight
    ? { x: to.x - width / 4, y: to.y + height / 2 }
    : { x: to.x + width / 2, y: to.y - height / 4 }
  const [a, b] = isRight
    ? [
        { x: start.x, y: reach },
        { x: end.x, y: reach },
      ]
    : [
        { x: reach, y: start.y },
        { x: reach, y: end.y },
      ]
  const label = isRight
    ? { x: (start.x + end.x) / 2, y: (start.y + end.y + 6 * reach) / 8 }
    : { x: (start.x + end.x + 6 * reach) / 8, y: (start.y + end.y) / 2 }
  return { path: `M ${say(start)} C ${say(a)} ${say(b)} ${say(end)}`, label }
}

const say = ({ x, y }: Point) => `${Math.round(x)} ${Math.round(y)}`
