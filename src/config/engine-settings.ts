import { z } from 'zod'
import { commaList, flag, secrets, text, webUrl } from './forms.ts'
import { priceFile } from './price-file.ts'

/** The models that agents may use, and what runs and tools may do. */
export const ENGINE_SETTINGS = {
  OPENAI_API_KEY: { schema: text.optional(), about: 'agents may use models of OpenAI', secret: true },
  ANTHROPIC_API_KEY: { schema: text.optional(), about: 'agents may use models of Anthropic', secret: true },
  GOOGLE_GENERATIVE_AI_API_KEY: {
    schema: text.optional(),
    about: 'agents may use models of Google',
    secret: true,
  },
  MISTRAL_API_KEY: { schema: text.optional(), about: 'agents may use models of Mistral', secret: true },
  OPENAI_BASE_URL: {
    schema: webUrl.optional(),
    about:
      'where OpenAI is asked instead of at its own address, e.g. a gateway; version included, as in the next three',
  },
  ANTHROPIC_BASE_URL: {
    schema: webUrl.optional(),
    about: 'the same for Anthropic, e.g. https://gateway.example.com/anthropic/v1',
  },
  GOOGLE_GENERATIVE_AI_BASE_URL: { schema: webUrl.optional(), about: 'the same for Google, ends in /v1beta' },
  MISTRAL_BASE_URL: { schema: webUrl.optional(), about: 'the same for Mistral' },
  LLM_BASE_URL: {
    schema: webUrl.optional(),
    about:
      "any server that speaks OpenAI's chat completions; serves every agent whose own provider has no key",
  },
  LLM_API_KEY: {
    schema: text.optional(),
    about: 'the key of the server at LLM_BASE_URL, when it wants one',
    secret: true,
  },
  LLM_MODEL: { schema: text.optional(), about: 'the model to ask for at LLM_BASE_URL' },
  COUNTERSIGN_MODEL_PRICES: {
    schema: priceFile,
    about:
      'JSON file with prices of models, which go before the list prices: {"openai/gpt-4o": {"input": 250, "output": 1000}}, in US cents for a million tokens',
  },
  LOG_LLM_CONTENT: {
    schema: flag.default(true),
    about: 'false keeps prompts and answers of models out of the ledger; their hashes stand instead',
  },
  LLM_RECORDING: {
    schema: z.enum(['off', 'record', 'replay']).default('off'),
    about: 'record keeps answers of models in DATA_DIR/recordings; replay answers from there and asks nobody',
  },
  COUNTERSIGN_RUN_WAIT_MS: {
    schema: z.coerce.number().int().min(0).max(600_000).default(8_000),
    about: 'how long starting a run waits for it to end or pause before it answers that it is running',
  },
  COUNTERSIGN_TOOL_SECRETS: {
    schema: secrets,
    about: 'JSON object of secrets that HTTP and MCP tools refer to by name, e.g. {"CRM_TOKEN":"…"}',
    secret: true,
  },
  COUNTERSIGN_TOOL_ORIGINS: {
    schema: commaList,
    about: 'private origins that tools may call, comma-separated, e.g. http://127.0.0.1:9000',
  },
  COUNTERSIGN_MCP_COMMANDS: {
    schema: flag.default(false),
    about: 'tools of type mcp may start programs on this machine',
  },
  COUNTERSIGN_API_KEY: {
    schema: text.optional(),
    about: 'the API key that `countersign mcp` shows to the running server; the folder owner asks otherwise',
    secret: true,
  },
  COUNTERSIGN_MCP_RESOLVE_APPROVALS: {
    schema: flag.default(false),
    about: "offer resolve_approval to MCP clients: for a human's own client, never for an agent's",
  },
} as const
