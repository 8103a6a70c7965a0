import type { RunClient } from '../engine/runs/run-client.ts'
import { expectStatus, fresh } from '../gate/purchase-client.ts'

type Scopes = { tools?: string[]; memory?: string[]; external?: string[] }
type AppOptions = { id?: string; input_mapping?: object; default_mode?: string; scopes?: Scopes }

/** The API of apps: each app has the one action `act`. */
export function appClient(client: RunClient) {
  return {
    /** Imports an app, or the one of this id anew; answers its id. */
    async import(workflow: string, options: AppOptions = {}): Promise<string> {
      const { id = fresh('app'), input_mapping = {}, default_mode = 'auto', scopes = {} } = options
      const answer = await client.post('/apps/import', {
        version: '1.0.0',
        app: {
          id,
          name: 'An app',
          visibility: 'org',
          scopes,
          workflows: [{ id: 'flow', workflow_ref: workflow, label: 'Flow', default_mode }],
          actions: [{ id: 'act', label: 'Act', workflow_id: 'flow', input_mapping }],
        },
      })
      return expectStatus(answer, options.id ? 200 : 201).id
    },
    act: (app: string, body: object = {}, { root = '', action = 'act' } = {}) =>
      client.post(`${root}/apps/${app}/actions/${action}`, body),
    async runsOf(app: string): Promise<string[]> {
      const { data } = expectStatus(await client.get(`/runs?app_id=${app}`), 200)
      return data.map(({ id }: { id: string }) => id)
    },
  }
}

export type AppClient = ReturnType<typeof appClient>
