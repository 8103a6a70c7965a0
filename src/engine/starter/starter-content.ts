import type { Json } from '../../lib/canonical-json.ts'
import type { AgentInput } from '../agents/schema.ts'
import type { WorkflowType } from '../workflows/schema.ts'

/** What every new tenant begins with. Changing it later is the tenant's own affair. */

type StarterAgent = Pick<AgentInput, 'name' | 'description' | 'instructions'> &
  Partial<AgentInput> & { id: string }

const ANY_MODEL = { temperature: 0.2, max_tokens: 2000 }

const TRIAGED_TICKETS = {
  type: 'object',
  properties: {
    summary: { type: 'string' },
    tickets: {
      type: 'array',
      items: {
        type: 'object',
        properties: {
          id: { type: 'string' },
          subject: { type: 'string' },
          status: { type: 'string' },
          priority: { type: 'string', enum: ['low', 'normal', 'high', 'urgent'] },
          action: { type: 'string' },
          reason: { type: 'string' },
        },
        required: ['id', 'subject', 'status', 'priority', 'action'],
      },
    },
  },
  required: ['summary', 'tickets'],
}

export const STARTER_AGENTS: StarterAgent[] = [
  {
    id: 'agent.ticket_triage',
    name: 'Ticket triage agent',
    description: 'Decides priority and suggested action for each ticket',
    instructions: 'You are a support triage agent. Decide priority and suggested action for each ticket.',
    model_profile: ANY_MODEL,
    allowed_tools: ['ticketing.list_open', 'natural_language_db_read'],
    output_schema: TRIAGED_TICKETS as AgentInput['output_schema'],
  },
  {
    id: 'agent.router',
    name: 'Router',
    description: 'Chooses one of several routes',
    instructions: 'Choose the route that fits the data best.',
    model_profile: ANY_MODEL,
  },
  {
    id: 'agent.condition_evaluator',
    name: 'Condition evaluator',
    description: 'Judges conditions that are written in plain words',
    instructions: 'Judge conditions by the data alone.',
    model_profile: ANY_MODEL,
  },
  {
    id: 'agent.escalate',
    name: 'Escalation agent',
    description: 'Writes what the person on duty must know',
    instructions: 'Summarise in a few sentences what the person on duty must know and do first.',
    model_profile: ANY_MODEL,
  },
  {
    id: 'agent.auto_resolve',
    name: 'Auto-resolve agent',
    description: 'Writes a short answer for requests that need no person',
    instructions: 'Summarise what was asked and say that it is taken care of.',
    model_profile: ANY_MODEL,
  },
]

export type StarterWorkflow = {
  id: string
  name: string
  type: WorkflowType
  definition: Json
}

const HOTEL_INPUT = {
  type: 'object',
  properties: { hotel_id: { type: 'string', title: 'Hotel', examples: ['VV-LISBON'] } },
}

export const STARTER_WORKFLOWS: StarterWorkflow[] = [
  {
    id: 'demo_ticket_triage_v1',
    name: 'demo_ticket_triage_v1',
    type: 'linear',
    definition: {
      entry: 'start',
      nodes: [
        { id: 'start', type: 'static' },
        { id: 'fetch_tickets', type: 'tool_node', config: { tool_id: 'ticketing.list_open' } },
        { id: 'triage', type: 'agent_node', config: { agent_id: 'agent.ticket_triage' } },
      ],
      edges: [
        { from: 'start', to: 'fetch_tickets' },
        { from: 'fetch_tickets', to: 'triage' },
      ],
      input_schema: HOTEL_INPUT,
    },
  },
  {
    id: 'demo_ticket_escalation_v1',
    name: 'demo_ticket_escalation_v1',
    type: 'graph',
    definition: {
      entry: 'fetch_tickets',
      nodes: [
        { id: 'fetch_tickets', type: 'tool_node', config: { tool_id: 'ticketing.list_open' } },
        { id: 'triage', type: 'agent_node', config: { agent_id: 'agent.ticket_triage' } },
        {
          id: 'route',
          type: 'router',
          config: {
            router_agent_id: 'agent.router',
            routes: [
              {
                id: 'needs_a_person',
                condition: 'if any ticket priority is high or urgent',
                target_node: 'ask_manager',
              },
              {
                id: 'routine',
                condition: 'if every ticket priority is normal or low',
                target_node: 'auto_resolve',
              },
            ],
          },
        },
        {
          id: 'ask_manager',
          type: 'human_gate',
          config: {
            title: 'Escalate to the person on duty?',
            details:
              '{{ $steps.triage.output.summary }}. Approve to hand the urgent ones to the person on duty.',
          },
        },
        { id: 'escalate', type: 'agent_node', config: { agent_id: 'agent.escalate' } },
        { id: 'auto_resolve', type: 'agent_node', config: { agent_id: 'agent.auto_resolve' } },
      ],
      edges: [
        { from: 'fetch_tickets', to: 'triage' },
        { from: 'triage', to: 'route' },
        { from: 'route', to: 'ask_manager', condition: 'needs_a_person' },
        { from: 'route', to: 'auto_resolve', condition: 'routine' },
        { from: 'ask_manager', to: 'escalate' },
      ],
      input_schema: HOTEL_INPUT,
    },
  },
]
