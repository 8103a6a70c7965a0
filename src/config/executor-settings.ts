import { z } from 'zod'
import { commaList, port, text, webUrl } from './forms.ts'

const SHORTEST_SECRET = 32

/** The executor: where the server finds it, what both share, and where it listens itself. */
export const EXECUTOR_SETTINGS = {
  LOGLINE_EXECUTOR_URL: {
    schema: webUrl.optional(),
    about: 'where `countersign executor` listens, which runs code and keeps files; may be a private address',
  },
  LOGLINE_SHARED_SECRET: {
    schema: commaList
      .refine((list) => list.length <= 2, 'expected one secret, or the new one and the old one')
      .refine(
        (list) => list.every((secret) => secret.length >= SHORTEST_SECRET),
        `expected at least ${SHORTEST_SECRET} characters, e.g. from: openssl rand -hex 32`,
      ),
    about:
      'shared by server and executor; two with a comma between while it is changed: the first signs, both are taken',
    secret: true,
  },
  EXECUTOR_HOST: { schema: text.default('127.0.0.1'), about: 'address the executor listens on' },
  EXECUTOR_PORT: { schema: port.default(8080), about: 'port the executor listens on; 0 takes a free one' },
  EXECUTOR_WORKSPACE_DIR: {
    schema: text.default('.countersign-workspaces'),
    about: 'folder in which the executor keeps the files of runs',
  },
  EXECUTOR_WORKSPACE_DAYS: {
    schema: z.coerce.number().int().min(0).max(36_500).default(30),
    about: 'files of a run that nobody touched for so long are deleted; 0 keeps them',
  },
  EXECUTOR_CODE_TIMEOUT_MS: {
    schema: z.coerce.number().int().min(100).max(30_000).default(30_000),
    about: 'how long a program may run in the executor',
  },
} as const
