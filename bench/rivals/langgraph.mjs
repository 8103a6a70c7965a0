import { Annotation, Command, END, interrupt, START, StateGraph } from '@langchain/langgraph'
import { PostgresSaver } from '@langchain/langgraph-checkpoint-postgres'
import pg from 'pg'
import { answerGoes, expectEqual, POOL_SIZE, time } from './answer-goes.ts'

const State = Annotation.Root({ count: Annotation() })
const add = async ({ count }) => ({ count: count + 1 })
const gate = async () => {
  if (!interrupt('go on?')) throw new Error('not approved')
  return {}
}

function makeGraph(nodes, checkpointer) {
  const graph = new StateGraph(State)
  let before = START
  for (const [name, work] of nodes) {
    graph.addNode(name, work).addEdge(before, name)
    before = name
  }
  return graph.addEdge(before, END).compile({ checkpointer })
}

await answerGoes(async (connectionString) => {
  const pool = new pg.Pool({ connectionString, max: POOL_SIZE })
  const checkpointer = new PostgresSaver(pool)
  await checkpointer.setup()
  const steps = ['one', 'two', 'three', 'four', 'five'].map((name) => [name, add])
  const fiveSteps = makeGraph(steps, checkpointer)
  const gated = makeGraph([...steps.slice(0, 2), ['gate', gate], ...steps.slice(2)], checkpointer)
  const newThread = () => ({ configurable: { thread_id: crypto.randomUUID() }, durability: 'sync' })
  return {
    durable:
      'a checkpoint after each step before the next begins, and the pending writes of each (durability sync)',
    works: {
      steps: () =>
        time(async () => {
          const { count } = await fiveSteps.invoke({ count: 0 }, newThread())
          expectEqual('steps', count, 5)
        }),
      async gate() {
        const thread = newThread()
        const paused = await gated.invoke({ count: 0 }, thread)
        expectEqual('interrupts', paused.__interrupt__?.length, 1)
        return time(async () => {
          const { count } = await gated.invoke(new Command({ resume: true }), thread)
          expectEqual('gate', count, 5)
        })
      },
    },
    close: () => pool.end(),
  }
})
