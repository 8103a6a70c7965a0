import { isIP } from 'node:net'
import { z } from 'zod'
import { commaList, perMinute, port, seconds, text, webUrl } from './forms.ts'

/** Where the server listens and keeps its data, who may come in, and how often. */
export const SERVER_SETTINGS = {
  HOST: {
    schema: text.default('127.0.0.1'),
    about: 'address to listen on; anything but loopback needs AUTH_SECRET',
  },
  PORT: { schema: port.default(8000), about: 'port to listen on; 0 takes a free one' },
  DATA_DIR: {
    schema: text.default('.countersign'),
    about: 'folder of the embedded database, keys and lock file',
  },
  DATABASE_URL: {
    schema: text.optional(),
    about: 'PostgreSQL 15 or newer instead of the embedded database',
    secret: true,
  },
  POSTGRES_URL: { schema: text.optional(), about: 'another name for DATABASE_URL', secret: true },
  DATABASE_MAX_CONNECTIONS: {
    schema: z.coerce.number().int().min(1).max(500).default(10),
    about: 'connections to PostgreSQL',
  },
  AUTH_SECRET: {
    schema: z
      .string()
      .min(32, 'expected at least 32 characters, e.g. from: openssl rand -base64 48')
      .optional(),
    about: 'signs sessions; without it everybody on loopback is the local administrator',
    secret: true,
  },
  ACCESS_TOKEN_TTL_SECONDS: { schema: seconds.max(3600).default(900), about: 'life of an access token' },
  SESSION_TTL_SECONDS: { schema: seconds.default(604_800), about: 'life of a session' },
  PUBLIC_URL: {
    schema: z.url().optional(),
    about:
      'the address users reach this server by, when a proxy stands in front; passkeys are made for its name',
  },
  CORS_ORIGINS: {
    schema: commaList,
    about:
      'origins of other pages that may call the API, comma-separated; without AUTH_SECRET they act as the local administrator',
  },
  OIDC_ISSUER: {
    schema: webUrl.optional(),
    about:
      'OpenID provider at which people may sign in, beside passwords; needs the next one and OIDC_ALLOWED_DOMAINS',
  },
  OIDC_CLIENT_ID: {
    schema: text.optional(),
    about:
      'what the provider calls this installation; its redirect URI is PUBLIC_URL/api/v1/auth/oidc/callback',
  },
  OIDC_CLIENT_SECRET: {
    schema: text.optional(),
    about: 'the secret that the provider gave, if it gave one',
    secret: true,
  },
  OIDC_ALLOWED_DOMAINS: {
    schema: commaList.transform((list) => list.map((domain) => domain.toLowerCase())),
    about:
      'e-mail domains that may sign in there, comma-separated; new people join the default tenant. * lets everybody in, each with a tenant of their own',
  },
  TRUSTED_PROXIES: {
    schema: commaList.refine(
      (list) => list.every((entry) => isIP(entry.split('/')[0]!) !== 0),
      'expected addresses or networks, comma-separated, e.g. 10.0.0.0/8',
    ),
    about:
      "addresses of the proxies in front, comma-separated: their X-Forwarded-For names the caller's address",
  },
  RATE_LIMIT_SIGN_IN: {
    schema: perMinute(60),
    about:
      'sign-ins, registrations and refreshes a minute from one address; 0 is no limit, as for the next five',
  },
  RATE_LIMIT_ACCOUNT: {
    schema: perMinute(60),
    about:
      'tries of the password of one account a minute, from all addresses it did not sign in from lately; of whoever is signed in, wrong ones alone and at most 10',
  },
  RATE_LIMIT_ADDRESS: {
    schema: perMinute(100),
    about: 'requests a minute without a valid credential, from one address',
  },
  RATE_LIMIT_USER: { schema: perMinute(1000), about: 'requests a minute of one signed-in user' },
  RATE_LIMIT_API_KEY: { schema: perMinute(5000), about: 'requests a minute with one API key' },
  RATE_LIMIT_TENANT: { schema: perMinute(10_000), about: 'requests a minute of one tenant' },
} as const
