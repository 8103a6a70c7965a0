import { Handle, type Node, type NodeProps, Position } from '@xyflow/react'
import { Flag } from 'lucide-react'
import { text } from '../text.ts'
import { DataLine } from '../ui/data-text.tsx'
import { TONE_TEXT } from '../ui/note.tsx'
import { type NodeState, STEP_LOOK, sayType, TYPE_ICON } from './node-state.ts'
import type { GraphNode } from './read-definition.ts'

export const NODE_WIDTH = 208
export const NODE_HEIGHT = 76

export type FlowNodeData = {
  node: GraphNode
  direction: 'right' | 'down'
  isEntry: boolean
  state: NodeState | undefined
  isSelected: boolean
  onSelect: (() => void) | undefined
}

const BORDER = {
  ok: 'border-ok',
  wait: 'border-wait',
  stop: 'border-stop',
  doubt: 'border-doubt',
  muted: 'border-muted/60',
} as const

/** A node: what it is and, in a run, how it stands. One that was visited can be chosen. */
export function FlowNode({ data }: NodeProps<Node<FlowNodeData>>) {
  const { node, direction, isEntry, state, isSelected, onSelect } = data
  const look = state && STEP_LOOK[state.state]
  const isIdle = state?.state === 'idle'
  const className = `flex size-full flex-col justify-center gap-0.5 rounded-md border bg-panel px-2.5 text-left text-13 ${
    look ? BORDER[look.tone] : BORDER.muted
  } ${isIdle ? 'border-dashed' : ''} ${isSelected ? 'outline-2 outline-offset-2 outline-accent' : ''}`
  const TypeIcon = TYPE_ICON[node.type]
  const content = (
    <>
      <span className="flex min-w-0 items-center gap-1.5 font-medium">
        <span className="truncate">
          <DataLine value={node.name ?? node.id} />
        </span>
        {isEntry && <Flag size={12} aria-label={text.graph.entry} className="shrink-0 text-muted" />}
      </span>
      <span className="flex min-w-0 items-center gap-1.5 text-12 text-muted">
        {TypeIcon && <TypeIcon size={13} aria-hidden="true" className="shrink-0" />}
        <span className="truncate">
          {sayType(node.type)}
          {node.about !== null && (
            <>
              {' '}
              <DataLine value={node.about} plain={node.type === 'human_gate'} />
            </>
          )}
        </span>
      </span>
      {look && (
        <span className={`flex items-center gap-1.5 text-12 ${TONE_TEXT[look.tone]}`}>
          <look.icon size={13} aria-hidden="true" className="shrink-0" />
          {look.word}
          {state.visits > 1 && `, ${text.step.visits(state.visits)}`}
          {state.reused && `, ${text.step.reused.toLowerCase()}`}
        </span>
      )}
    </>
  )
  const isRight = direction === 'right'
  return (
    <>
      <Handle
        type="target"
        position={isRight ? Position.Left : Position.Top}
        isConnectable={false}
        className="invisible"
      />
      {onSelect && state?.stepId ? (
        <button
          type="button"
          onClick={onSelect}
          aria-pressed={isSelected}
          className={`${className} nopan pointer-events-auto`}
        >
          {content}
        </button>
      ) : (
        <div className={className}>{content}</div>
      )}
      <Handle
        type="source"
        position={isRight ? Position.Right : Position.Bottom}
        isConnectable={false}
        className="invisible"
      />
    </>
  )
}
