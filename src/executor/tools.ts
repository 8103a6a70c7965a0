import { CODE_LIMITS, makeCodeInterpreter } from './code-interpreter.ts'
import { makeFileSystem } from './file-system.ts'
import { type ExecutorTool, notAvailable } from './tool.ts'

/** The tools of this executor, those it cannot run among them. */
export const makeExecutorTools = (settings: {
  codeTimeLimitMs: number
  workspaceDir: string
}): ExecutorTool[] => [
  makeCodeInterpreter({ ...CODE_LIMITS, timeLimitMs: settings.codeTimeLimitMs }),
  makeFileSystem(settings.workspaceDir),
  {
    id: 'web_browser',
    availability: { available: false, reason: NO_BROWSER },
    async run() {
      throw notAvailable(`${NO_BROWSER}; nothing was opened`)
    },
  },
]

const NO_BROWSER = 'this executor has no browser'
