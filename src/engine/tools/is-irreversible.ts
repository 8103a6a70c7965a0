import { READING_SIDE_EFFECTS, type Tool } from './schema.ts'

/**
 * What a draft may do without asking: read, and remember for itself. Whatever else a tool declares reaches further. Its
 * risk is for policies to judge.
 */
const HARMLESS: ReadonlySet<string> = new Set([...READING_SIDE_EFFECTS, 'memory_storage', 'memory_write'])

/** Whether a call cannot simply be taken back, so that draft mode does not make it without a human. */
export function isIrreversible(tool: Pick<Tool, 'side_effects' | 'risk_level' | 'handler_type'>): boolean {
  return tool.side_effects.some((effect) => !HARMLESS.has(effect))
}
