import '@xyflow/react/dist/base.css'
import './flow-canvas.css'
import {
  BaseEdge,
  type Edge,
  EdgeLabelRenderer,
  type EdgeProps,
  type EdgeTypes,
  MarkerType,
  type Node,
  type NodeTypes,
  Panel,
  ReactFlow,
  ReactFlowProvider,
  useReactFlow,
} from '@xyflow/react'
import { Maximize, Minus, Plus } from 'lucide-react'
import { useMemo } from 'react'
import { text } from '../text.ts'
import { DataLine } from '../ui/data-text.tsx'
import { cutText, revealAsString } from '../ui/reveal-text.ts'
import { FlowNode, type FlowNodeData, NODE_HEIGHT, NODE_WIDTH } from './flow-node.tsx'
import { layoutGraph, type Measures, type Point } from './layout-graph.ts'
import type { NodeState } from './node-state.ts'
import type { DefinitionGraph } from './read-definition.ts'

type FlowCanvasProps = {
  graph: DefinitionGraph
  /** The room there is. */
  room: { width: number; height: number }
  stateOf?: ((nodeId: string) => NodeState) | undefined
  selectedNode?: string | undefined
  onSelect?: ((nodeId: string) => void) | undefined
}

const LABEL_WIDTH = 128

const NODE = { width: NODE_WIDTH, height: NODE_HEIGHT, nodeGap: 28 }
const RIGHT: Measures = { ...NODE, direction: 'right', layerGap: 52, labelGap: LABEL_WIDTH + 36 }
const DOWN: Measures = { ...NODE, direction: 'down', layerGap: 30, labelGap: 64 }

/** The drawing: where things stand is worked out by us, looking around in it is what the library does. */
export default function FlowCanvas({ graph, room, stateOf, selectedNode, onSelect }: FlowCanvasProps) {
  const drawings = useMemo(() => {
    const draw = (measures: Measures) => ({
      direction: measures.direction,
      layout: layoutGraph(graph, measures),
    })
    return [draw(DOWN), draw(RIGHT)] as const
  }, [graph])
  // Downwards or to the right: whichever is larger, and so easier to read, in this room.
  const scaleOf = ({ layout }: (typeof drawings)[number]) =>
    Math.min(1, room.width / layout.width, room.height / layout.height)
  const { layout, direction } = scaleOf(drawings[1]) > scaleOf(drawings[0]) ? drawings[1] : drawings[0]
  const nodes = graph.nodes.map(
    (node): Node<FlowNodeData> => ({
      id: node.id,
      type: 'step',
      position: layout.nodes.get(node.id)!,
      width: NODE_WIDTH,
      height: NODE_HEIGHT,
      data: {
        node,
        direction,
        isEntry: node.id === graph.entry,
        state: stateOf?.(node.id),
        isSelected: node.id === selectedNode,
        onSelect: onSelect && (() => onSelect(node.id)),
      },
    }),
  )
  const edges = graph.edges.map(
    ({ id, from, to, label }): Edge<WayData> => ({
      id,
      type: 'way',
      source: from,
      target: to,
      data: { ...layout.edges.get(id)!, says: label },
      markerEnd: { type: MarkerType.ArrowClosed, color: 'var(--muted)', width: 16, height: 16 },
    }),
  )
  return (
    // Another direction, or other room, is another view: it is seen whole again.
    <ReactFlowProvider key={`${direction} ${room.width} ${room.height}`}>
      <ReactFlow
        nodes={nodes}
        edges={edges}
        nodeTypes={NODE_TYPES}
        edgeTypes={EDGE_TYPES}
        fitView
        fitViewOptions={FIT}
        minZoom={0.1}
        maxZoom={1.5}
        nodesDraggable={false}
        nodesConnectable={false}
        nodesFocusable={false}
        edgesFocusable={false}
        elementsSelectable={false}
        // The page scrolls with the wheel; in the drawing one pinches, or uses its buttons.
        zoomOnScroll={false}
        preventScrolling={false}
        onlyRenderVisibleElements={graph.nodes.length > 100}
      >
        <Panel position="bottom-left">
          <Controls />
        </Panel>
      </ReactFlow>
    </ReactFlowProvider>
  )
}

const FIT = { padding: 0.06, maxZoom: 1 }

type WayData = { path: string; label: Point; says: string | null }

function Way({ data, markerEnd }: EdgeProps<Edge<WayData>>) {
  if (!data) return null
  const { path, label, says } = data
  return (
    <>
      <BaseEdge path={path} {...(markerEnd && { markerEnd })} style={{ stroke: 'var(--muted)' }} />
      {says !== null && (
        <EdgeLabelRenderer>
          <div
            title={revealAsString(cutText(says, 300))}
            className="absolute rounded-md bg-bg px-1 text-12 text-muted"
            style={{
              transform: `translate(-50%, -50%) translate(${label.x}px, ${label.y}px)`,
              maxWidth: LABEL_WIDTH,
            }}
          >
            <span className="line-clamp-2 text-center">
              <DataLine value={says} />
            </span>
          </div>
        </EdgeLabelRenderer>
      )}
    </>
  )
}

const NODE_TYPES: NodeTypes = { step: FlowNode }
const EDGE_TYPES: EdgeTypes = { way: Way }

const CONTROL =
  'inline-flex size-7 items-center justify-center rounded-md border border-line bg-panel text-muted hover:text-text'

function Controls() {
  const { zoomIn, zoomOut, fitView } = useReactFlow()
  const actions = [
    { says: text.graph.zoomIn, Icon: Plus, act: () => zoomIn() },
    { says: text.graph.zoomOut, Icon: Minus, act: () => zoomOut() },
    { says: text.graph.fit, Icon: Maximize, act: () => fitView(FIT) },
  ]
  return (
    <div className="flex gap-1">
      {actions.map(({ says, Icon, act }) => (
        <button
          key={says}
          type="button"
          aria-label={says}
          title={says}
          onClick={() => void act()}
          className={CONTROL}
        >
          <Icon size={14} aria-hidden="true" />
        </button>
      ))}
    </div>
  )
}
