import { authorizeInRun } from '../../kernel/authorize.ts'
import type { PayloadOf } from '../../kernel/ledger/event-kinds.ts'
import type { RunLimits, RunMode } from '../../kernel/ledger/schema.ts'
import type { CompiledPolicySet } from '../../kernel/policy/compile-policies.ts'
import type { Json } from '../../lib/canonical-json.ts'
import { AppError, stateConflict } from '../../lib/errors.ts'
import { sha256 } from '../../lib/hash.ts'
import { newUuid } from '../../lib/ids.ts'
import { compileJsonSchema } from '../tools/validate-json-schema.ts'
import type { Graph } from '../workflows/graph.ts'
import { loadGraph, resolveWorkflowHead } from '../workflows/load-workflow.ts'
import type { WorkflowRow } from '../workflows/workflow-rows.ts'
import { driveInBackground } from './drive-run.ts'
import type { Driving, Engine, EngineContext } from './engine.ts'
import { initialProgress } from './progress.ts'
import { openSegment, type Segment } from './segment.ts'
import { tighten, tightenRun } from './tighten.ts'

export type RunRequest = {
  /** Given where the id must be known before the run begins. */
  runId?: string
  input: Json
  mode: RunMode
  limits: RunLimits
  app: { id: string; actionId: string } | null
  parent: { runId: string; stepId: string } | null
  /** The trace of whoever asked (W3C Trace Context). */
  traceParent?: string | null
  /** Text of answers while they come. */
  onText?: (text: string) => void
}

type WorkflowName = Pick<WorkflowRow, 'id' | 'name' | 'version' | 'definition_sha256'>

export type StartedRun = { runId: string; driving: Driving }

/**
 * Starts a run of a workflow and drives it in the background; `driving.settled` resolves when it waits or has ended.
 *
 * @throws AppError 404 WORKFLOW_NOT_FOUND; 409 WORKFLOW_RESERVED; 422 when the input does not fit the workflow's input_schema.
 */
export async function startRun(
  context: EngineContext,
  workflowRef: string,
  request: RunRequest,
): Promise<StartedRun> {
  const { engine, principal } = context
  refuseReserved(engine, workflowRef)
  const [workflow, policySet] = await Promise.all([
    resolveWorkflowHead(engine, principal.tenantId, workflowRef),
    engine.kernel.policySets.current(principal.tenantId),
  ])
  refuseReserved(engine, workflow.id)
  return begin(context, workflow, policySet, request)
}

function refuseReserved({ reservedWorkflows }: Engine, workflowId: string): void {
  const instead = reservedWorkflows.get(workflowId)
  if (instead === undefined) return
  throw stateConflict('WORKFLOW_RESERVED', 'This workflow is started by the program alone', {
    path: 'workflow_id',
    message: `expected a workflow that may be started by itself, '${workflowId}' is not: ${instead}`,
  })
}

/** The same for a workflow that was looked up already. */
export async function startRunOf(
  context: EngineContext,
  workflow: WorkflowName,
  request: RunRequest,
): Promise<StartedRun> {
  const policySet = await context.engine.kernel.policySets.current(context.principal.tenantId)
  return begin(context, workflow, policySet, request)
}

async function begin(
  context: EngineContext,
  workflow: WorkflowName,
  policySet: CompiledPolicySet,
  request: RunRequest,
): Promise<StartedRun> {
  const { engine, principal } = context
  const graph = await loadGraph(engine, principal.tenantId, workflow.id, workflow.definition_sha256)
  checkInput(graph, request.input)
  const segment = openRun(context, workflow, graph, policySet, request)
  return { runId: segment.runId, driving: driveInBackground(segment) }
}

/**
 * A segment whose run begins with what was asked for and the policies' word on it. A policy may tighten mode and limits
 * and nothing else. Nothing of it is durable yet.
 */
export function openRun(
  { engine, principal }: EngineContext,
  workflow: WorkflowName,
  graph: Graph,
  policySet: CompiledPolicySet,
  request: RunRequest,
  forkedFrom: { run_id: string; from_step: string } | null = null,
): Segment {
  const { tenantId, ...startedBy } = principal
  const runId = request.runId ?? newUuid()
  const { app, input } = request
  const decision = authorizeInRun(
    principal,
    policySet,
    {
      decisionId: `dec_${sha256(`${tenantId}\n${runId}\nrun_start`).toString('hex').slice(0, 32)}`,
      action: 'run_start',
      resource: { type: 'workflow', id: workflow.id },
      payload: { workflow_id: workflow.id, input, mode: request.mode },
      facts: {
        run: { id: runId, mode: request.mode, input },
        workflow: { id: workflow.id },
        ...(app && { app: { id: app.id } }),
      },
      step: null,
    },
    engine.kernel.settings,
  )
  const { mode } = tighten(request, decision.modify)
  const segment = openSegment({
    engine,
    tenantId,
    runId,
    principal,
    graph,
    progress: initialProgress(),
    context: contextOfRun(runId, principal, mode, app),
    execution: null,
    seq: 0,
  })
  segment.onText = request.onText ?? null
  segment.record(
    {
      kind: 'run_started',
      payload: {
        workflow_id: workflow.id,
        workflow_name: workflow.name,
        workflow_version: workflow.version,
        definition_sha256: workflow.definition_sha256,
        input,
        mode: request.mode,
        limits: request.limits,
        started_by: startedBy,
        app_id: app?.id ?? null,
        app_action_id: app?.actionId ?? null,
        parent: request.parent && { run_id: request.parent.runId, step_id: request.parent.stepId },
        forked_from: forkedFrom,
        ...(request.traceParent && { traceparent: request.traceParent }),
        epoch: 1,
      },
    },
    decision.event,
  )
  tightenRun(segment, decision.modify, decision.decisionId)
  return segment
}

/** The app that a run is of, as its beginning tells it. */
export const appOf = ({
  app_id: id,
  app_action_id: actionId,
}: PayloadOf<'run_started'>): RunRequest['app'] => (id === null ? null : { id, actionId: actionId ?? '' })

/** What expressions read as `$context`. */
export function contextOfRun(
  runId: string,
  principal: { id: string; tenantId: string; role: string },
  mode: RunMode,
  app: { id: string; actionId: string } | null,
): Json {
  return {
    run_id: runId,
    mode,
    user_id: principal.id,
    tenant_id: principal.tenantId,
    role: principal.role,
    app_id: app?.id ?? null,
    app_action_id: app?.actionId ?? null,
  }
}

/** @throws AppError 422 INVALID_RUN_INPUT with every fault and where it is. */
export function checkInput(graph: Graph, input: Json): void {
  const schema = graph.definition.input_schema
  if (!schema) return
  const faults = compileJsonSchema(schema)(input)
  if (faults.length === 0) return
  throw new AppError({
    code: 'INVALID_RUN_INPUT',
    status: 422,
    message: 'The input does not fit the workflow',
    details: faults.map(({ path, message }) => ({
      path: path === '' ? 'input' : `input.${path}`,
      message,
      type: 'value_error',
      code: 'INVALID_RUN_INPUT',
    })),
  })
}
