import { DBOS } from '@dbos-inc/dbos-sdk'
import { answerGoes, expectEqual, POOL_SIZE, time } from './answer-goes.ts'

const add = async (count) => count + 1
const step = (count, number) => DBOS.runStep(() => add(count), { name: `step-${number}` })

const fiveSteps = DBOS.registerWorkflow(
  async () => {
    let count = 0
    for (let number = 1; number <= 5; number++) count = await step(count, number)
    return count
  },
  { name: 'five-steps' },
)

/** Resolved when the workflow of this id has come to its gate. */
const atGate = new Map()

const gated = DBOS.registerWorkflow(
  async () => {
    let count = await step(0, 1)
    count = await step(count, 2)
    setImmediate(atGate.get(DBOS.workflowID))
    const approved = await DBOS.recv('answer', { timeoutSeconds: 60 })
    if (!approved) throw new Error('not approved')
    for (let number = 3; number <= 5; number++) count = await step(count, number)
    return count
  },
  { name: 'gated' },
)

await answerGoes(async (url) => {
  DBOS.setConfig({
    name: 'bench',
    systemDatabaseUrl: url,
    systemDatabasePoolSize: POOL_SIZE,
    logLevel: 'error',
  })
  await DBOS.launch()
  return {
    durable:
      'the start, the result of each step and the end, one commit each (startWorkflow in the process that asks, no queue)',
    works: {
      steps: () =>
        time(async () => {
          const handle = await DBOS.startWorkflow(fiveSteps)()
          expectEqual('steps', await handle.getResult(), 5)
        }),
      async gate() {
        const workflowID = crypto.randomUUID()
        const arrived = new Promise((resolve) => atGate.set(workflowID, resolve))
        const handle = await DBOS.startWorkflow(gated, { workflowID })()
        await arrived
        // Let it get into recv, which begins with a look at what came already.
        await new Promise((resolve) => setTimeout(resolve, 10))
        atGate.delete(workflowID)
        return time(async () => {
          await DBOS.send(workflowID, true, 'answer')
          expectEqual('gate', await handle.getResult(), 5)
        })
      },
    },
    close: () => DBOS.shutdown(),
  }
})
