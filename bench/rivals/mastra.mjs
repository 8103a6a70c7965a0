import { Mastra } from '@mastra/core'
import { createStep, createWorkflow } from '@mastra/core/workflows'
import { PostgresStore } from '@mastra/pg'
import { z } from 'zod'
import { answerGoes, expectEqual, POOL_SIZE, time } from './answer-goes.ts'

const Count = z.object({ count: z.number() })
const schemas = { inputSchema: Count, outputSchema: Count }

const add = (id) =>
  createStep({ id, ...schemas, execute: async ({ inputData }) => ({ count: inputData.count + 1 }) })

const gate = createStep({
  id: 'gate',
  ...schemas,
  resumeSchema: z.object({ approved: z.boolean() }),
  async execute({ inputData, resumeData, suspend }) {
    if (!resumeData) return suspend({})
    if (!resumeData.approved) throw new Error('not approved')
    return inputData
  },
})

function makeWorkflow(id, steps) {
  let workflow = createWorkflow({ id, ...schemas })
  for (const step of steps) workflow = workflow.then(step)
  return workflow.commit()
}

const steps = ['one', 'two', 'three', 'four', 'five'].map(add)

await answerGoes(async (connectionString) => {
  const storage = new PostgresStore({ id: 'bench', connectionString, max: POOL_SIZE })
  await storage.init()
  const mastra = new Mastra({
    storage,
    logger: false,
    workflows: {
      fiveSteps: makeWorkflow('five-steps', steps),
      gated: makeWorkflow('gated', [...steps.slice(0, 2), gate, ...steps.slice(2)]),
    },
  })
  const fiveSteps = mastra.getWorkflow('fiveSteps')
  const gated = mastra.getWorkflow('gated')
  const inputData = { count: 0 }
  return {
    durable: 'the whole snapshot of the run, written anew before and after each step',
    works: {
      steps: () =>
        time(async () => {
          const run = await fiveSteps.createRun()
          const { result } = await run.start({ inputData })
          expectEqual('steps', result?.count, 5)
        }),
      async gate() {
        const run = await gated.createRun()
        const { status } = await run.start({ inputData })
        expectEqual('status', status, 'suspended')
        return time(async () => {
          const again = await gated.createRun({ runId: run.runId })
          const { result } = await again.resume({ step: 'gate', resumeData: { approved: true } })
          expectEqual('gate', result?.count, 5)
        })
      },
    },
    close: () => storage.close(),
  }
})
