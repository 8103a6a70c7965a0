import type { EventContent } from './event-kinds.ts'
import type { RunEventPayload } from './run-event-kinds.ts'
import type { Receipt } from './schema.ts'

type RunContent = Extract<EventContent, { kind: keyof typeof RunEventPayload }>
type Told = Pick<Receipt, 'type' | 'actor' | 'title' | 'details' | 'evidence'>

/** What the engine records about a workflow's run, in words. */
export function tellRunEvent(content: RunContent): Told {
  switch (content.kind) {
    case 'run_started': {
      const { workflow_id, workflow_name, workflow_version, mode, definition_sha256, forked_from } =
        content.payload
      const origin = forked_from ? `, forked from ${forked_from.run_id} at ${forked_from.from_step}` : ''
      return told(
        'intent',
        `Run of ${workflow_name} started`,
        `Version ${workflow_version} in ${mode} mode${origin}`,
        [{ kind: 'artifact', label: `definition ${definition_sha256}`, ref: `workflow://${workflow_id}` }],
      )
    }
    case 'run_paused':
      return told('observation', 'Run paused', content.payload.reason)
    case 'run_resumed':
      return told('observation', 'Run goes on', `After ${SAY_CAUSE[content.payload.cause]}`)
    case 'run_modified':
      return told(
        'decision',
        'Run tightened by policy',
        `Mode ${content.payload.mode}, limits ${shorten(content.payload.limits)}`,
      )
    case 'run_completed':
      return told('action', 'Run completed', `Result: ${shorten(content.payload.result)}`)
    case 'run_failed':
      return told('error', 'Run failed', `${content.payload.error} (${content.payload.error_type})`)
    case 'run_cancelled':
      return told('observation', 'Run cancelled', content.payload.reason ?? `By ${content.payload.by}`)
    case 'step_started':
      return told(
        'action',
        `Step ${content.payload.node_id} started`,
        `Input: ${shorten(content.payload.input)}`,
      )
    case 'step_completed': {
      const { node_id, output, reused } = content.payload
      return told(
        'action',
        `Step ${node_id} completed`,
        `${reused ? 'Taken over from the run it was forked from. ' : ''}Output: ${shorten(output)}`,
      )
    }
    case 'step_failed': {
      const { node_id, error, error_type, retry_at, attempt } = content.payload
      const next = retry_at ? `; tried again at ${retry_at}` : ''
      return told('error', `Step ${node_id} failed`, `Attempt ${attempt}: ${error} (${error_type})${next}`)
    }
    case 'tool_call_intended': {
      const { tool_id, input, input_sha256, call_id } = content.payload
      return told('intent', `Calling ${tool_id}`, `Input: ${shorten(input)}`, [
        { kind: 'artifact', label: `input ${input_sha256}`, ref: `call://${call_id}` },
      ])
    }
    case 'tool_call': {
      const { tool_id, error, output, outcome, duration_ms } = content.payload
      if (error !== null) {
        const doubt = outcome === 'unknown' ? '. It may or may not have happened' : ''
        return told('error', `${tool_id} failed`, `${error}${doubt}`)
      }
      const what = outcome === 'preview' ? 'previewed' : 'called'
      return told('action', `${tool_id} ${what}`, `In ${Math.round(duration_ms)} ms: ${shorten(output)}`)
    }
    case 'outside_read': {
      const { name, error, response } = content.payload
      return error === null
        ? told('observation', `Read ${name}`, shorten(response))
        : told('error', `${name} failed`, error)
    }
    case 'llm_call_intended': {
      const { agent_id, provider, model, reserved_cents } = content.payload
      const reserved = reserved_cents > 0 ? `, at most ${reserved_cents} cents set aside` : ''
      return told('intent', `Asking ${agent_id}`, `${provider}/${model}${reserved}`)
    }
    case 'llm_call': {
      const { agent_id, provider, model, usage, estimated_cost_cents, error, response } = content.payload
      const cost = estimated_cost_cents === null ? 'cost unknown' : `${estimated_cost_cents} cents`
      if (error !== null) return told('error', `${agent_id} gave no usable answer`, error)
      return told(
        'action',
        `${agent_id} answered`,
        `${provider}/${model}, ${usage.input_tokens} + ${usage.output_tokens} tokens, ${cost}${response ? `: ${shorten(response)}` : ''}`,
      )
    }
    case 'route_chosen': {
      const { node_id, route_id, target_node, by } = content.payload
      const how = by === 'agent' ? 'a model chose' : 'the data decides'
      return told(
        'decision',
        `Route from ${node_id}`,
        `${route_id ?? 'none'} → ${target_node ?? 'the end'}; ${how}`,
      )
    }
    case 'child_run_started':
      return told(
        'action',
        `Run ${content.payload.run_id} started for step ${content.payload.node_id}`,
        content.payload.workflow_id,
      )
    case 'child_run_spent': {
      const { run_id, llm_calls, cost_cents } = content.payload
      const calls = `${llm_calls} model ${llm_calls === 1 ? 'call' : 'calls'}`
      return told(
        'observation',
        `Run ${run_id} draws on the budget`,
        `${calls} and ${cost_cents} cents in all so far`,
      )
    }
    case 'child_run_ended':
      return told('observation', `Run ${content.payload.run_id} ended`, content.payload.status)
    case 'event_received':
      return told('observation', `Event ${content.payload.name} received`, shorten(content.payload.payload))
    case 'error':
      return told(
        'error',
        content.payload.reason ?? 'Error',
        `${content.payload.error} (${content.payload.error_type})`,
      )
  }
}

const SAY_CAUSE = {
  approval: 'a human answered',
  time: 'its time came',
  event: 'the event it waited for',
  run: 'the run it waited for ended',
  recovery: 'the process that drove it was gone',
  retry: 'a human asked to try again',
}

function told(type: Told['type'], title: string, details: string, evidence: Told['evidence'] = []): Told {
  return {
    type,
    actor: type === 'intent' || type === 'action' ? 'agent' : 'system',
    title,
    details,
    evidence,
  }
}

const LONGEST = 300

/** Values are told short; the event itself holds them whole. */
function shorten(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return text.length <= LONGEST ? text || 'empty' : `${text.slice(0, LONGEST)}…`
}
