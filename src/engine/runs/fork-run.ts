import type { EventContent } from '../../kernel/ledger/event-kinds.ts'
import type { LedgerEvent } from '../../kernel/ledger/seal-event.ts'
import type { Json } from '../../lib/canonical-json.ts'
import { AppError } from '../../lib/errors.ts'
import { type LoadedRun, loadRun } from './continue-run.ts'
import { driveInBackground } from './drive-run.ts'
import type { EngineContext } from './engine.ts'
import { waitForRun } from './move-run.ts'
import { runNotFound } from './run-errors.ts'
import { appOf, checkInput, openRun } from './start-run.ts'

/**
 * Starts a new run that takes over what another one had done before a step, and goes on from there. Nothing that is
 * taken over is done, asked or paid for again.
 *
 * @param input instead of what the other run was given.
 * @returns the id of the new run.
 * @throws AppError 404; 422 UNKNOWN_STEP with the steps there are, INVALID_RUN_INPUT.
 */
export async function forkRun(
  context: EngineContext,
  runId: string,
  fromStep: string,
  input: Json | undefined,
): Promise<string> {
  const { engine, principal } = context
  const source = await loadRun(engine, principal.tenantId, runId)
  if (!source) throw runNotFound(runId)
  const stepId = findStep(source, fromStep)
  if (input !== undefined) checkInput(source.graph, input)
  const started = source.progress.started!
  const { mode, limits } = source.execution
  const segment = openRun(
    context,
    {
      id: started.workflow_id,
      name: started.workflow_name,
      version: started.workflow_version,
      definition_sha256: started.definition_sha256,
    },
    source.graph,
    await engine.kernel.policySets.current(principal.tenantId),
    { input: input === undefined ? started.input : input, mode, limits, app: appOf(started), parent: null },
    { run_id: runId, from_step: stepId },
  )
  segment.record(...reusable(source, stepId))
  driveInBackground(segment)
  await waitForRun(context, segment.runId)
  return segment.runId
}

/** The step by its id, or the last visit of a node by the node's. */
function findStep({ progress, runId }: LoadedRun, wanted: string): string {
  const steps = [...progress.steps.values()]
  const found =
    steps.find(({ stepId }) => stepId === wanted) ?? steps.findLast(({ nodeId }) => nodeId === wanted)
  if (found) return found.stepId
  const message = `expected a step of run '${runId}' (${steps.map(({ stepId }) => stepId).join(', ')}), got '${wanted}'`
  throw new AppError({
    code: 'UNKNOWN_STEP',
    status: 422,
    message: 'The run has no such step',
    details: [{ path: 'from_step', message, type: 'value_error', code: 'UNKNOWN_STEP' }],
  })
}

/** What the run had recorded of the steps that were complete when this one began. */
function reusable({ events, progress }: LoadedRun, stepId: string): EventContent[] {
  const until = events.findIndex((event) => event.kind === 'step_started' && event.payload.step_id === stepId)
  const before = events.slice(0, until)
  const complete = new Set(
    before.flatMap((event) => (event.kind === 'step_completed' ? [event.payload.step_id] : [])),
  )
  return before.flatMap((event): EventContent[] => {
    switch (event.kind) {
      case 'step_started':
      case 'route_chosen':
        return complete.has(event.payload.step_id) ? [contentOf(event)] : []
      case 'step_completed': {
        const { approval } = progress.steps.get(event.payload.step_id)!
        const said = approval === null ? {} : { approval }
        return [{ kind: event.kind, payload: { ...event.payload, reused: true, ...said } }]
      }
      default:
        return []
    }
  })
}

const contentOf = ({ kind, payload }: LedgerEvent) => ({ kind, payload }) as EventContent
