import { useMemo } from 'react'
import type { RunStep } from '../../engine/runs/schema.ts'
import { statesOfNodes } from '../graph/node-state.ts'
import { WorkflowGraph } from '../graph/workflow-graph.tsx'
import { text } from '../text.ts'
import { ErrorNote } from '../ui/error-note.tsx'
import { SkeletonCard } from '../ui/skeleton.tsx'
import type { RunDefinition } from './use-run-definition.ts'

type RunGraphProps = {
  definition: RunDefinition
  steps: RunStep[]
  selectedNode: string | undefined
  onSelect: (stepId: string) => void
}

/** The graph of the definition that the run is pinned to, and how each node stands; another graph would be a lie. */
export function RunGraph({ definition, steps, selectedNode, onSelect }: RunGraphProps) {
  const stateOf = useMemo(() => statesOfNodes(steps), [steps])
  if (definition.isPending) return <SkeletonCard />
  if (!definition.data) {
    return (
      <div className="max-w-200 p-4">
        <ErrorNote error={definition.error} onRetry={() => void definition.refetch()}>
          <p>{text.workflowRun.noDefinition}</p>
        </ErrorNote>
      </div>
    )
  }
  return (
    <WorkflowGraph
      definition={definition.data.definition}
      stateOf={stateOf}
      selectedNode={selectedNode}
      onSelect={(nodeId) => {
        const { stepId } = stateOf(nodeId)
        if (stepId !== null) onSelect(stepId)
      }}
    />
  )
}
