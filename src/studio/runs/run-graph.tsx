import { Info } from 'lucide-react'
import { useMemo } from 'react'
import type { Run, RunStep } from '../../engine/runs/schema.ts'
import { statesOfNodes } from '../graph/node-state.ts'
import { WorkflowGraph } from '../graph/workflow-graph.tsx'
import { text } from '../text.ts'
import { Note } from '../ui/note.tsx'
import { SkeletonCard } from '../ui/skeleton.tsx'
import type { RunDefinition } from './use-run-definition.ts'

type RunGraphProps = {
  definition: RunDefinition
  run: Run
  steps: RunStep[]
  selectedNode: string | undefined
  onSelect: (stepId: string) => void
}

/** The graph of the definition that the run is pinned to, and how each node stands; another graph would be a lie. */
export function RunGraph({ definition, run, steps, selectedNode, onSelect }: RunGraphProps) {
  const stateOf = useMemo(() => statesOfNodes(steps), [steps])
  if (definition.state === 'reading') return <SkeletonCard />
  if (definition.state !== 'here') {
    const { changedDefinition, noDefinition } = text.workflowRun
    return (
      <div className="max-w-200 p-4">
        <Note tone="muted" icon={Info}>
          {definition.state === 'changed' ? changedDefinition(run.workflow_version) : noDefinition}
        </Note>
      </div>
    )
  }
  return (
    <WorkflowGraph
      definition={definition.definition}
      stateOf={stateOf}
      selectedNode={selectedNode}
      onSelect={(nodeId) => {
        const { stepId } = stateOf(nodeId)
        if (stepId !== null) onSelect(stepId)
      }}
    />
  )
}
