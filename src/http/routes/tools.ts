import { z } from 'zod'
import type { McpServerConfig } from '../../engine/tools/handlers/check-mcp-config.ts'
import { importMcpTools } from '../../engine/tools/import-mcp-tools.ts'
import { listUsableTools, requireTool, saveTool } from '../../engine/tools/save-tool.ts'
import { Tool, ToolInput } from '../../engine/tools/schema.ts'
import { WORKFLOW_VOCABULARY } from '../../engine/workflows/vocabulary.ts'
import { requireBuilder } from '../../identity/authorize-access.ts'
import { contextFor } from '../authenticate.ts'
import { engineContextFor } from '../engine-context.ts'
import { errors, type Routes, UNDER_BOTH_ROOTS } from '../route.ts'

const ImportInput = z.strictObject({
  server_id: z.string().regex(/^[a-z0-9][a-z0-9_-]{0,63}$/, 'expected small letters, digits, _ and -'),
  server: z
    .record(z.string(), z.json())
    .describe('{ command, args?, env?, cwd? } or { url, headers? }; {{secret.NAME}} in env and headers'),
})
const Imported = z.object({
  tools: z.array(Tool),
  refused: z.array(z.object({ name: z.string(), message: z.string() })),
})
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
        const data = await listUsableTools(engine, principal.tenantId)
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
        requireBuilder(request.principal!, 'change')
        const { tool, created } = await saveTool(contextFor(request, http), http.engine, request.body)
        return reply.code(created ? 201 : 200).send(tool)
      },
    )

    app.post(
      `${root}/tools/import-mcp`,
      {
        config: { vocabulary: WORKFLOW_VOCABULARY },
        schema: {
          tags,
          summary: 'Add every tool of an MCP server, as mcp.<server_id>.<tool>',
          description:
            'Risk and side effects follow what the server says of itself: look at them before an agent gets one.',
          body: ImportInput,
          response: { 200: Imported, ...errors(401, 403, 422, 502) },
        },
      },
      (request) => {
        requireBuilder(request.principal!, 'change')
        const { server_id: serverId, server } = request.body
        return importMcpTools(contextFor(request, http), http.engine, serverId, server as McpServerConfig)
      },
    )
  }
}
