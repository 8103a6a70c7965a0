import type { Json } from '../lib/canonical-json.ts'
import { parseToolInput } from './parse-tool-input.ts'
import { FileInput } from './schema.ts'
import { type ExecutorTool, inputInvalid } from './tool.ts'
import { openWorkspace, WORKSPACE_LIMITS, workspacePath } from './workspace.ts'

/** Files of a run, in a folder that no other run and no other tenant sees. */
export function makeFileSystem(root: string): ExecutorTool {
  const inOrder = orderByKey()
  return {
    id: 'file_system',
    availability: { available: true, ...WORKSPACE_LIMITS },
    async run(input, { tenant_id: tenantId, run_id: runId }) {
      const fields = parseToolInput(FileInput, input)
      if (runId === null) throw inputInvalid('context.run_id', 'expected a run: only runs have a workspace')
      const path = workspacePath(root, tenantId, runId)
      // One after the other, or two writes could each find the room that is there for one.
      return inOrder(path, () => perform(path, fields))
    },
  }
}

async function perform(root: string, { action, path, content }: FileInput): Promise<Json> {
  const workspace = await openWorkspace(root)
  switch (action) {
    case 'list':
      return { entries: await workspace.list(path) }
    case 'read':
      return { content: await workspace.read(path) }
    case 'write':
      return { message: await workspace.write(path, content!) }
    case 'delete':
      return { message: await workspace.remove(path) }
  }
}

/** Does work of one key one after the other. */
function orderByKey() {
  const last = new Map<string, Promise<unknown>>()
  return async <T>(key: string, work: () => Promise<T>): Promise<T> => {
    const mine = (last.get(key) ?? Promise.resolve()).then(work, work)
    const settled = mine.catch(() => {})
    last.set(key, settled)
    try {
      return await mine
    } finally {
      if (last.get(key) === settled) last.delete(key)
    }
  }
}
