import {
  Bot,
  CircleCheck,
  CircleDashed,
  CircleHelp,
  CircleSlash,
  CircleX,
  Code,
  Hourglass,
  type LucideIcon,
  Pencil,
  Play,
  Split,
  Timer,
  UserCheck,
  Workflow,
  Wrench,
} from 'lucide-react'
import type { RunStep } from '../../engine/runs/schema.ts'
import { text } from '../text.ts'
import type { Tone } from '../ui/note.tsx'

type StepState = RunStep['status'] | 'idle' | 'doubt'

/** How a step, or the node it visits, stands: its word, icon and tone always together. */
export const STEP_LOOK: Record<StepState, { tone: Tone; icon: LucideIcon; word: string }> = {
  idle: { tone: 'muted', icon: CircleDashed, word: text.step.status.idle },
  pending: { tone: 'wait', icon: Hourglass, word: text.step.status.pending },
  running: { tone: 'muted', icon: Play, word: text.step.status.running },
  completed: { tone: 'ok', icon: CircleCheck, word: text.step.status.completed },
  failed: { tone: 'stop', icon: CircleX, word: text.step.status.failed },
  skipped: { tone: 'muted', icon: CircleSlash, word: text.step.status.skipped },
  doubt: { tone: 'doubt', icon: CircleHelp, word: text.step.doubt },
}

/** A doubt is never shown as failed or done, whatever else the step says. */
export function stateOfStep({ status, in_doubt }: Pick<RunStep, 'status' | 'in_doubt'>): StepState {
  return in_doubt && status !== 'completed' ? 'doubt' : status
}

export const TYPE_ICON: Record<string, LucideIcon> = {
  static: Pencil,
  tool: Wrench,
  agent: Bot,
  router: Split,
  human_gate: UserCheck,
  wait: Timer,
  subgraph: Workflow,
  function: Code,
}

export function sayType(type: string): string {
  return type in text.step.type ? text.step.type[type as keyof typeof text.step.type] : type
}

export type NodeState = { state: StepState; visits: number; reused: boolean; stepId: string | null }

const IDLE: NodeState = { state: 'idle', visits: 0, reused: false, stepId: null }

/** Where each node of a run stands: its last visit speaks for it. */
export function statesOfNodes(steps: RunStep[]): (nodeId: string) => NodeState {
  const states = new Map<string, NodeState>()
  for (const step of steps) {
    const visits = (states.get(step.node_id)?.visits ?? 0) + 1
    states.set(step.node_id, { state: stateOfStep(step), visits, reused: step.reused, stepId: step.id })
  }
  return (nodeId) => states.get(nodeId) ?? IDLE
}
