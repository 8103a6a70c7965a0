/**
 * The workflows that run one agent by itself, on an input or in a conversation. No workflow of a builder can have these
 * ids: theirs hold no slash.
 */
export const aloneWorkflowId = (agentId: string) => `agent/${agentId}`
export const conversationWorkflowId = (agentId: string) => `conversation/${agentId}`
