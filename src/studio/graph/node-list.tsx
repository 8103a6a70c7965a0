import { text } from '../text.ts'
import { DataText } from '../ui/data-text.tsx'
import { Mark } from '../ui/note.tsx'
import { type NodeState, STEP_LOOK, sayType } from './node-state.ts'
import type { DefinitionGraph, GraphEdge } from './read-definition.ts'

type NodeListProps = {
  graph: DefinitionGraph
  stateOf?: ((nodeId: string) => NodeState) | undefined
  selectedNode?: string | undefined
  onSelect?: ((nodeId: string) => void) | undefined
}

/** The graph in words: what each node is, how it stands and where it leads. */
export function NodeList({ graph, stateOf, selectedNode, onSelect }: NodeListProps) {
  return (
    <ol className="max-h-80 divide-y divide-line overflow-y-auto">
      {graph.nodes.map((node) => {
        const state = stateOf?.(node.id)
        const leads = graph.edges.filter(({ from }) => from === node.id)
        return (
          <li key={node.id} className="py-2 text-13">
            <p className="flex flex-wrap items-center gap-x-3">
              {onSelect && state?.stepId ? (
                <button
                  type="button"
                  onClick={() => onSelect(node.id)}
                  aria-current={selectedNode === node.id ? 'true' : undefined}
                  className="font-medium text-accent underline underline-offset-2"
                >
                  <DataText value={node.name ?? node.id} plain fold={120} />
                </button>
              ) : (
                <span className="font-medium">
                  <DataText value={node.name ?? node.id} plain fold={120} />
                </span>
              )}
              <span className="text-muted">
                {sayType(node.type)}
                {node.about !== null && (
                  <>
                    {' '}
                    <DataText value={node.about} fold={80} />
                  </>
                )}
              </span>
              {node.id === graph.entry && <span className="text-muted">{text.graph.entry}</span>}
              {state && (
                <Mark tone={STEP_LOOK[state.state].tone} icon={STEP_LOOK[state.state].icon}>
                  {STEP_LOOK[state.state].word}
                  {state.visits > 1 && `, ${text.step.visits(state.visits)}`}
                </Mark>
              )}
            </p>
            <p className="text-muted">
              {leads.length === 0
                ? text.graph.leadsNowhere
                : leads.map((edge, index) => <Lead key={edge.id} edge={edge} isFirst={index === 0} />)}
            </p>
          </li>
        )
      })}
    </ol>
  )
}

function Lead({ edge, isFirst }: { edge: GraphEdge; isFirst: boolean }) {
  return (
    <>
      {isFirst ? `${text.graph.leadsTo} ` : '; '}
      <DataText value={edge.to} fold={80} />
      {edge.label !== null && (
        <>
          {' '}
          {text.graph.when} “<DataText value={edge.label} plain fold={120} />”
        </>
      )}
    </>
  )
}
