import { z } from 'zod'
import { readTools, requireTool, saveTool } from '../../engine/tools/save-tool.ts'
import { Tool, ToolInput } from '../../engine/tools/schema.ts'
import { WORKFLOW_VOCABULARY } from '../../engine/workflows/vocabulary.ts'
import { requirePerson } from '../../identity/authorize-access.ts'
import { contextFor } from '../authenticate.ts'
import { engineContextFor } from '../engine-context.ts'
import { errors, type Routes, UNDER_BOTH_ROOTS } from '../route.ts'

const tags = ['tools']

export const toolRoutes: Routes = (app, http) => {
  for (const root of UNDER_BOTH_ROOTS) {
    app.get(
      `${root}/tools`,
      {
        schema: {
          tags,
          summary: 'Every tool that can be called',
          response: { 200: z.object({ data: z.array(Tool), total: z.number() }), ...errors(401) },
        },
      },
      async (request) => {
        const { engine, principal } = engineContextFor(request, http)
        const data = await readTools(engine, principal.tenantId)
        return { data, total: data.length }
      },
    )

    app.get(
      `${root}/tools/:tool_id`,
      {
        schema: {
          tags,
          summary: 'One tool',
          params: z.object({ tool_id: z.string().min(1).max(512) }),
          response: { 200: Tool, ...errors(401, 404) },
        },
      },
      (request) => {
        const { engine, principal } = engineContextFor(request, http)
        return requireTool(engine, principal.tenantId, request.params.tool_id)
      },
    )

    app.post(
      `${root}/tools`,
      {
        config: { vocabulary: WORKFLOW_VOCABULARY },
        schema: {
          tags,
          summary: 'Add a tool, or replace the one with this id',
          body: ToolInput,
          response: { 200: Tool, 201: Tool, ...errors(401, 403, 422) },
        },
      },
      async (request, reply) => {
        // An agent's key must not make its own tools, nor talk down the risk of one.
        requirePerson(request.principal!)
        const { tool, created } = await saveTool(contextFor(request, http), request.body)
        return reply.code(created ? 201 : 200).send(tool)
      },
    )
  }
}
