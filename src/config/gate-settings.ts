import { z } from 'zod'
import { flag, lenientNumber, text, webUrl } from './forms.ts'

/** What the gate decides by, the keys it signs with, and where purchases go. */
export const GATE_SETTINGS = {
  NIGHTLEDGER_PURCHASE_APPROVAL_THRESHOLD_EUR: {
    schema: lenientNumber(100, (value) => value >= 0),
    about: 'purchases above this many EUR need an approval; anything but a number means 100',
  },
  NIGHTLEDGER_EXECUTION_TOKEN_TTL_SECONDS: {
    schema: lenientNumber(300, (value) => value > 0 && value <= 86_400),
    about: 'life of an execution token; anything but a positive number means 300',
  },
  COUNTERSIGN_APPROVAL_TTL_SECONDS: {
    schema: z.coerce.number().int().min(0).default(604_800),
    about: 'an approval nobody resolves expires after this long; 0 means never',
  },
  COUNTERSIGN_MAX_FACTS_BYTES: {
    schema: z.coerce.number().int().min(4096).max(1_048_576).default(65_536),
    about:
      'how large what policies look at may be, the input of a run in it; it is stored with each decision',
  },
  COUNTERSIGN_TOKEN_KEYS: {
    schema: text.optional(),
    about: 'JWK set with the private Ed25519 keys of execution tokens, instead of files',
    secret: true,
  },
  COUNTERSIGN_CHECKPOINT_KEY: {
    schema: text.optional(),
    about: 'private Ed25519 key (PKCS#8, base64) that signs checkpoints, instead of a file',
    secret: true,
  },
  COUNTERSIGN_LOGLINE_PEPPER: {
    schema: z
      .string()
      .min(32, 'expected at least 32 characters, e.g. from: openssl rand -base64 48')
      .optional(),
    about: 'keys the checksums of LogLine IDs, instead of a file',
    secret: true,
  },
  COUNTERSIGN_INSTALLATION: {
    schema: z
      .string()
      .regex(
        /^[a-z0-9][a-z0-9.-]{0,62}$/,
        'expected a host-like name: lower-case letters, digits, dots, hyphens',
      )
      .optional(),
    about: 'name of this installation in tokens and checkpoints; made up at first start otherwise',
  },
  PURCHASE_WEBHOOK_URL: {
    schema: webUrl.optional(),
    about: 'purchases are posted here; without it they go into our own order book',
    secret: true,
  },
  PURCHASE_WEBHOOK_TIMEOUT_MS: {
    schema: z.coerce.number().int().min(100).max(120_000).default(10_000),
    about: 'how long the shop may take to answer',
  },
  PURCHASE_WEBHOOK_ALLOW_PRIVATE: {
    schema: flag.default(false),
    about: 'the shop may stand on a private or loopback address',
  },
} as const
