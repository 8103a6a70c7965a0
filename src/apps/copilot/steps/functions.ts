import type { EngineFunction } from '../../../engine/runs/perform-function.ts'
import type { Copilot } from '../copilot.ts'
import type { StepNode } from '../workflow.ts'
import { build } from './build.ts'
import { clarify, finalize, judge, policy, repairPlan, repairRouter, security } from './evaluate.ts'
import { plan } from './plan.ts'
import { normalize, precheck, snapshot } from './prepare.ts'
import { simulate } from './simulate.ts'
import { type Step, toEngineFunction } from './step-call.ts'

const STEPS: Record<StepNode, Step> = {
  normalize,
  precheck,
  snapshot,
  plan,
  build,
  simulate,
  policy,
  security,
  judge,
  repair_router: repairRouter,
  repair_plan: repairPlan,
  clarify,
  finalize,
}

/** The steps of the pipeline, as the engine calls them. */
export const makeCopilotFunctions = (copilot: Copilot): ReadonlyMap<string, EngineFunction> =>
  new Map(Object.entries(STEPS).map(([node, step]) => [`copilot.${node}`, toEngineFunction(copilot, step)]))
