/** The workflow that runs one agent by itself. No workflow of a builder can have this id: theirs hold no slash. */
export const aloneWorkflowId = (agentId: string) => `agent/${agentId}`
