import { lazy, Suspense, useLayoutEffect, useMemo, useRef, useState } from 'react'
import { text } from '../text.ts'
import { Fold } from '../ui/facts.tsx'
import { SkeletonRows } from '../ui/skeleton.tsx'
import { useSettled } from '../ui/use-settled.ts'
import { NodeList } from './node-list.tsx'
import type { NodeState } from './node-state.ts'
import { readDefinition } from './read-definition.ts'

const FlowCanvas = lazy(() => import('./flow-canvas.tsx'))

export type GraphProps = {
  definition: unknown
  /** How each node stands in a run; without it the graph is of the definition alone. */
  stateOf?: ((nodeId: string) => NodeState) | undefined
  selectedNode?: string | undefined
  onSelect?: ((nodeId: string) => void) | undefined
}

/** The graph of a definition, drawn and as a list; the library that draws is loaded when a graph is looked at. */
export function WorkflowGraph({ definition, stateOf, selectedNode, onSelect }: GraphProps) {
  const graph = useMemo(() => readDefinition(definition), [definition])
  const [canvas, room] = useRoom()
  if (graph === null) return <p className="p-4 text-muted">{text.workflowRun.noGraph}</p>
  const shared = { graph, stateOf, selectedNode, onSelect }
  return (
    <div className="flex h-full flex-col">
      <section
        ref={canvas}
        aria-label={text.graph.label(graph.nodes.length)}
        className="min-h-72 flex-1 border-b border-line"
      >
        <Suspense fallback={<SkeletonRows rows={3} />}>
          {room && <FlowCanvas {...shared} room={room} />}
        </Suspense>
      </section>
      <div className="shrink-0 px-4 pt-1 pb-3">
        <Fold summary={text.graph.asList}>
          <NodeList {...shared} />
        </Fold>
      </div>
    </div>
  )
}

const RESIZED_MS = 150

/** How much room an element has, once it has stopped changing. */
function useRoom() {
  const element = useRef<HTMLElement>(null)
  const [size, setSize] = useState<string | null>(null)
  useLayoutEffect(() => {
    const target = element.current
    if (!target) return
    const measure = () => setSize(`${target.clientWidth} ${target.clientHeight}`)
    const observer = new ResizeObserver(measure)
    observer.observe(target)
    measure()
    return () => observer.disconnect()
  }, [])
  const settled = useSettled(size, RESIZED_MS) ?? size
  const room = useMemo(() => {
    const [width = 0, height = 0] = (settled ?? '').split(' ').map(Number)
    return width > 0 && height > 0 ? { width, height } : null
  }, [settled])
  return [element, room] as const
}
