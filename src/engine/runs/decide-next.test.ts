import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { EventContent } from '../../kernel/ledger/event-kinds.ts'
import type { Json } from '../../lib/canonical-json.ts'
import { choosesEdge, type Graph, makeGraph } from '../workflows/graph.ts'
import { WorkflowDefinition } from '../workflows/schema.ts'
import { validateDefinition } from '../workflows/validate-definition.ts'
import { type Command, decideNext } from './decide-next.ts'
import { evolveProgress } from './evolve-progress.ts'
import { initialProgress, type Progress, type Step } from './progress.ts'

const AT = '2026-03-01T12:00:00.000Z'
const INPUT: Json = { n: 1 }
const short = (...parts: Json[]) =>
  createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 8)
const numberOf = (...parts: Json[]) => Number.parseInt(short(...parts), 16)

/** Which of several things at work ends next: the order in which branches happen to finish. */
type Pick = (count: number) => number

type Outcome = { end: Command; progress: Progress; events: EventContent[] }

const START: EventContent = {
  kind: 'run_started',
  payload: { input: INPUT } as Extract<EventContent, { kind: 'run_started' }>['payload'],
}

/**
 * Drives a run in memory. What a step answers and which way is chosen depend on the step alone, and `pick` says in which
 * order the steps at work end.
 */
function drive(graph: Graph, seed: number, pick: Pick, earlier: EventContent[] = [START]): Outcome {
  const progress = initialProgress()
  const events: EventContent[] = []
  const record = (...contents: EventContent[]) => {
    for (const content of contents) {
      events.push(content)
      evolveProgress(graph, progress, content, AT)
    }
  }
  record(...earlier)
  for (let turn = 0; turn < 10_000; turn++) {
    const commands = decideNext(graph, progress, null)
    const end = commands.find(({ type }) => type === 'complete' || type === 'fail')
    if (end) return { end, progress, events }
    for (const command of commands) {
      if (command.type === 'start') expectNobodyOnTheWay(graph, progress, command.nodeId)
    }
    for (const command of commands) {
      if (command.type !== 'start') continue
      record({
        kind: 'step_started',
        payload: {
          step_id: command.stepId,
          node_id: command.nodeId,
          node_type: graph.nodes.get(command.nodeId)!.type,
          input: command.input,
          attempt: command.attempt,
        },
      })
    }
    const atWork = [...progress.steps.values()].filter((step) => isAtWork(graph, step))
    expect(atWork.length, 'nothing is at work and the run has not ended').toBeGreaterThan(0)
    record(...finish(graph, atWork[pick(atWork.length)]!, seed))
  }
  throw new Error('the run does not end')
}

const isAtWork = (graph: Graph, step: Step) =>
  step.status === 'running' || (step.status === 'completed' && !step.route && choosesEdge(graph, step.nodeId))

/** A join waits for every branch that may yet come. */
function expectNobodyOnTheWay(graph: Graph, progress: Progress, nodeId: string) {
  for (const step of progress.steps.values()) {
    const onTheWay = isAtWork(graph, step) && graph.reaches(step.nodeId, nodeId)
    expect(onTheWay, `${nodeId} began while ${step.stepId} could still lead to it`).toBe(false)
  }
}

/** The events of a step's end: its output, or the way that was chosen from it. */
function finish(graph: Graph, step: Step, seed: number): EventContent[] {
  const place = { step_id: step.stepId, node_id: step.nodeId }
  const choose = (targets: (string | null)[]): EventContent => {
    const target = targets[numberOf(seed, step.stepId, 'way') % targets.length]!
    return {
      kind: 'route_chosen',
      payload: { ...place, route_id: target, target_node: target, by: 'rules', answer: null },
    }
  }
  if (step.status === 'completed') {
    const edges = graph.edgesFrom(step.nodeId)
    const otherwise = edges.find(({ condition }) => condition === undefined)?.to ?? null
    const ways = edges.flatMap(({ to, condition }) => (condition === undefined ? [] : [to]))
    return [choose([...ways, otherwise])]
  }
  const completed: EventContent = {
    kind: 'step_completed',
    payload: { ...place, output: short(step.nodeId, step.input), reused: false },
  }
  const routes = graph.nodes.get(step.nodeId)!.config.routes
  return routes ? [choose(routes.map((route) => route.target_node)), completed] : [completed]
}

const inOrder: Pick = () => 0
const backwards: Pick = (count) => count - 1
const shuffled = (picks: number[]): Pick => {
  let turn = 0
  return (count) => picks[turn++ % picks.length]! % count
}

/** All of a run that must not depend on which branch was quicker. */
const told = ({ end, progress }: Outcome) => ({
  end,
  steps: [...progress.steps.values()]
    .map(({ stepId, nodeId, input, output, status }) => ({ stepId, nodeId, input, output, status }))
    .sort((a, b) => (a.stepId < b.stepId ? -1 : 1)),
})

const MAX_STEPS = 40
const graphs = ({ cycles, mapped = true }: { cycles: boolean; mapped?: boolean }) =>
  fc
    .record({
      size: fc.integer({ min: 1, max: 9 }),
      edges: fc.array(fc.tuple(fc.nat(8), fc.nat(8), fc.integer({ min: 0, max: 3 })), { maxLength: 16 }),
      routers: fc.array(fc.nat(8), { maxLength: 2 }),
      /** Nodes whose input names another node's output. */
      names: fc.array(fc.tuple(fc.nat(8), fc.nat(8)), { maxLength: 4 }),
    })
    .map(({ size, edges, routers, names }) => {
      const id = (index: number) => `n${index}`
      const seen = new Set<string>()
      const kept = edges.filter(([from, to]) => {
        const isNew = !seen.has(`${from} ${to}`)
        seen.add(`${from} ${to}`)
        return isNew && from < size && to < size && (cycles || from < to)
      })
      const isRouter = (index: number) => routers.includes(index) && kept.some(([from]) => from === index)
      return WorkflowDefinition.parse({
        entry: id(0),
        max_steps: MAX_STEPS,
        nodes: Array.from({ length: size }, (_, index) => {
          const named = names.find(([node]) => mapped && node === index)
          const input = named && { input: { given: '$previous', named: `$steps.${id(named[1])}.output` } }
          if (!isRouter(index)) return { id: id(index), type: 'static', config: { ...input } }
          const routes = kept.flatMap(([from, to]) =>
            from === index ? [{ id: `to-${to}`, target_node: id(to) }] : [],
          )
          return { id: id(index), type: 'router', config: { routes, ...input } }
        }),
        edges: kept.flatMap(([from, to, kind], index) =>
          isRouter(from)
            ? []
            : [{ from: id(from), to: id(to), ...(kind === 0 && { condition: `condition ${index}` }) }],
        ),
      })
    })
    .filter((definition) => validateDefinition(definition, 'graph').faults.length === 0)
    .map(makeGraph)

const seeds = fc.integer({ min: 0, max: 1_000_000 })
const picks = fc.array(fc.nat(20), { minLength: 1, maxLength: 40 })
const RUNS = { numRuns: 500 }

describe('over random graphs', () => {
  test('every run ends, with nothing on its way left behind', () => {
    fc.assert(
      fc.property(graphs({ cycles: true }), seeds, picks, (graph, seed, order) => {
        const { end, progress } = drive(graph, seed, shuffled(order))
        expect(progress.steps.size).toBeLessThanOrEqual(MAX_STEPS)
        if (end.type === 'fail') expect(end.errorType).toBe('step_limit')
        else expect(progress.tokens).toEqual([])
      }),
      RUNS,
    )
  })

  test('steps, their ids and inputs and the result do not depend on the order in which branches finish', () => {
    fc.assert(
      fc.property(graphs({ cycles: true }), seeds, picks, (graph, seed, order) => {
        const one = drive(graph, seed, inOrder)
        for (const pick of [backwards, shuffled(order)]) {
          const other = drive(graph, seed, pick)
          // Which steps a loop had begun when it was stopped may differ; that it was stopped may not.
          if (one.end.type === 'fail') expect(other.end.type).toBe('fail')
          else expect(told(other)).toEqual(told(one))
        }
      }),
      RUNS,
    )
  })

  test('without a loop every node is visited at most once', () => {
    fc.assert(
      fc.property(graphs({ cycles: false }), seeds, picks, (graph, seed, order) => {
        const { end, progress } = drive(graph, seed, shuffled(order))
        expect(end.type).toBe('complete')
        expect([...progress.visits.values()].every((visits) => visits === 1)).toBe(true)
      }),
      RUNS,
    )
  })

  test('a join is given the output of every step that led to it, and of no other', () => {
    fc.assert(
      fc.property(graphs({ cycles: false, mapped: false }), seeds, picks, (graph, seed, order) => {
        const { progress } = drive(graph, seed, shuffled(order))
        for (const step of progress.steps.values()) {
          const before = [...progress.steps.values()].filter((other) => leadsTo(graph, other, step.nodeId))
          const outputs = Object.fromEntries(before.map(({ nodeId, output }) => [nodeId, output]))
          const given = before.length === 0 ? INPUT : before.length === 1 ? before[0]!.output : outputs
          expect(step.input).toEqual(given)
        }
      }),
      RUNS,
    )
  })

  test('replaying the events gives the same progress, and from any point the run goes on to the same end', () => {
    fc.assert(
      fc.property(graphs({ cycles: true }), seeds, picks, fc.nat(200), (graph, seed, order, cut) => {
        const whole = drive(graph, seed, shuffled(order))
        const replayed = initialProgress()
        for (const event of structuredClone(whole.events)) evolveProgress(graph, replayed, event, AT)
        expect(replayed).toEqual(whole.progress)
        const taken = whole.events.slice(0, 1 + (cut % whole.events.length))
        const resumed = drive(graph, seed, shuffled([...order].reverse()), taken)
        if (whole.end.type === 'fail') expect(resumed.end.type).toBe('fail')
        else expect(told(resumed)).toEqual(told(whole))
      }),
      RUNS,
    )
  })
})

function leadsTo(graph: Graph, step: Step, nodeId: string): boolean {
  if (step.route) return step.route.target_node === nodeId
  return !choosesEdge(graph, step.nodeId) && graph.edgesFrom(step.nodeId).some(({ to }) => to === nodeId)
}

const graphOf = (nodeIds: string[], edges: [from: string, to: string, condition?: string][], more = {}) =>
  makeGraph(
    WorkflowDefinition.parse({
      entry: nodeIds[0],
      nodes: nodeIds.map((id) => ({ id, type: 'static' })),
      edges: edges.map(([from, to, condition]) => ({ from, to, ...(condition && { condition }) })),
      ...more,
    }),
  )

describe('by hand', () => {
  test('the result is the output of the last step; of several ends each by its node, sorted', () => {
    const line = drive(graphOf(['a', 'b'], [['a', 'b']]), 0, inOrder)
    expect(line.end).toEqual({ type: 'complete', result: short('b', short('a', INPUT)) })
    const fan = graphOf(
      ['a', 'z', 'b'],
      [
        ['a', 'z'],
        ['a', 'b'],
      ],
    )
    const before = short('a', INPUT)
    const result = { b: short('b', before), z: short('z', before) }
    for (const pick of [inOrder, backwards]) {
      const { end } = drive(fan, 0, pick)
      expect(JSON.stringify(end)).toBe(JSON.stringify({ type: 'complete', result }))
    }
  })

  test('a join does not wait for a branch that took another way', () => {
    const graph = graphOf(
      ['a', 'b', 'c', 'join', 'aside'],
      [
        ['a', 'b'],
        ['a', 'c'],
        ['b', 'join', 'to the join'],
        ['b', 'aside', 'aside'],
        ['c', 'join'],
      ],
    )
    const seed = Array.from({ length: 100 }, (_, each) => each).find(
      (each) => numberOf(each, 'b:1', 'way') % 3 === 1,
    )!
    const { progress } = drive(graph, seed, inOrder)
    expect([...progress.steps.keys()].sort()).toEqual(['a:1', 'aside:1', 'b:1', 'c:1', 'join:1'])
    expect(progress.steps.get('join:1')!.input).toBe(progress.steps.get('c:1')!.output)
  })

  test('a loop is visited again under the next number until it is left, or stopped at max_steps', () => {
    const edges: [string, string, string?][] = [
      ['a', 'b'],
      ['b', 'a', 'again'],
      ['b', 'c'],
    ]
    const looping = (seed: number) => drive(graphOf(['a', 'b', 'c'], edges, { max_steps: 7 }), seed, inOrder)
    const ends = Array.from({ length: 200 }, (_, seed) => looping(seed))
    const left = ends.find(({ end, progress }) => end.type === 'complete' && progress.steps.size === 5)!
    expect([...left.progress.steps.keys()]).toEqual(['a:1', 'b:1', 'a:2', 'b:2', 'c:1'])
    const stopped = ends.find(({ end }) => end.type === 'fail')!
    expect(stopped.progress.steps.size).toBe(7)
    expect(stopped.end).toMatchObject({ errorType: 'step_limit', error: expect.stringContaining('7 steps') })
  })

  test('of several visits the last one counts, for expressions and for what a step is given', () => {
    const graph = graphOf(
      ['a', 'b', 'c'],
      [
        ['a', 'b'],
        ['b', 'a', 'again'],
        ['b', 'c'],
      ],
      {
        nodes: [
          { id: 'a', type: 'static' },
          { id: 'b', type: 'static' },
          { id: 'c', type: 'static', config: { input: { seen: '$steps.a.output', before: '$previous' } } },
        ],
      },
    )
    const runs = Array.from({ length: 200 }, (_, seed) => drive(graph, seed, inOrder))
    const { progress } = runs.find((run) => run.progress.visits.get('a') === 3)!
    expect(progress.steps.get('c:1')!.input).toEqual({
      seen: progress.steps.get('a:3')!.output,
      before: progress.steps.get('b:3')!.output,
    })
  })

  test('an expression sees the same whichever of two branches was quicker', () => {
    const graph = graphOf(
      ['a', 'b', 'c', 'd'],
      [
        ['a', 'b'],
        ['a', 'c'],
        ['c', 'd'],
      ],
      {
        nodes: [
          { id: 'a', type: 'static' },
          { id: 'b', type: 'static' },
          { id: 'c', type: 'static' },
          {
            id: 'd',
            type: 'static',
            config: { input: { own: '$steps.c.output', other: '$steps.b.output' } },
          },
        ],
      },
    )
    expect(told(drive(graph, 0, backwards))).toEqual(told(drive(graph, 0, inOrder)))
  })

  test('the first step that failed ends the run with its error', () => {
    const graph = graphOf(['a', 'b'], [['a', 'b']])
    const progress = initialProgress()
    const place = { step_id: 'a:1', node_id: 'a' }
    for (const event of [
      START,
      { kind: 'step_started', payload: { ...place, node_type: 'static', input: null, attempt: 1 } },
      {
        kind: 'step_failed',
        payload: { ...place, attempt: 1, error: 'broken', error_type: 'tool_failed', retry_at: null },
      },
    ] satisfies EventContent[]) {
      evolveProgress(graph, progress, event, AT)
    }
    expect(decideNext(graph, progress, null)).toEqual([
      { type: 'fail', error: 'broken', errorType: 'tool_failed', nodeId: 'a' },
    ])
  })
})
