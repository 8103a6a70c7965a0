import { type ToolSet, tool } from 'ai'
import { z } from 'zod'

const offer = (description: string, inputSchema: z.ZodType) =>
  tool({ description, inputSchema }) as unknown as ToolSet[string]

export const listOpen: ToolSet = {
  ticketing_list_open: offer(
    'Lists the open tickets of a hotel',
    z.object({ hotel_id: z.string(), limit: z.number().int().optional() }),
  ),
}
export const desk: ToolSet = {
  ...listOpen,
  get_weather: offer('Current weather in a city', z.object({ city: z.string() })),
  calculator: offer('Evaluates arithmetic', z.object({ expression: z.string() })),
  ticketing_delete: offer('Deletes a ticket', z.object({ ticket_id: z.string() })),
  orders_refund: offer('Refunds an order', z.object({ order_id: z.string(), amount: z.number() })),
}
