import type { Config } from '../config.ts'
import { VERSION } from '../lib/version.ts'
import type { DevnetStart } from '../open-web3.ts'
import type { RunningServer } from './serve.ts'

/** What was started, where, with which limits, and what to try next. */
export function printStart(
  { app, address, devnet }: RunningServer,
  config: Config,
  startedInMs: number,
): void {
  const { kernel } = app
  const chains = app.http.copilot.chains.supported()
  const embedded = kernel.database.kind === 'pglite'
  const lines = [
    `Countersign ${VERSION} is ready after ${startedInMs} ms.`,
    '',
    `  Studio     ${address}/studio/`,
    ...(chains.length > 0 ? [`  Copilot    ${address}/studio/copilot`] : []),
    `  API        ${address}/docs`,
    `  MCP        ${address}/mcp, or over stdio: npm run -s mcp`,
    embedded
      ? `  Database   embedded, in ${config.dataDir}: survives a crash, not a power cut; set DATABASE_URL for PostgreSQL`
      : '  Database   PostgreSQL',
    `  Identity   ${
      config.localMode
        ? 'whoever reaches this loopback port is the local administrator; set AUTH_SECRET to have people sign in'
        : 'people sign in, agents use API keys'
    }`,
    `  Purchases  above ${config.NIGHTLEDGER_PURCHASE_APPROVAL_THRESHOLD_EUR} EUR need an approval; made ${
      config.PURCHASE_WEBHOOK_URL
        ? `at ${new URL(config.PURCHASE_WEBHOOK_URL).origin}`
        : 'in our own order book (set PURCHASE_WEBHOOK_URL for a real shop)'
    }`,
    ...(devnet ? [`  Devnet     ${describeDevnet(devnet)}`] : []),
    ...describeChains(chains, config.RPC_URLS, devnet !== null),
    '',
    config.localMode
      ? 'Try next, in another terminal:'
      : 'Try next, in another terminal, with an API key of your account in the Studio:',
    '',
    `  curl -s ${address}/v1/mcp/authorize_action -H 'content-type: application/json' \\`,
    ...(config.localMode ? [] : [`    -H "authorization: Bearer $COUNTERSIGN_API_KEY" \\`]),
    `    -d '{"intent":{"action":"purchase.create"},"context":{"request_id":"first","amount":500,"currency":"EUR","merchant":"ACME"}}'`,
    '',
    ...(devnet?.devnet
      ? [`Or open ${address}/studio/copilot, connect the dev wallet and say: ${TRY_SAYING}`, '']
      : []),
    'Ctrl-C stops it.',
  ]
  console.log(lines.join('\n'))
}

const TRY_SAYING = 'Swap 50 USDC to ETH on Uniswap with 0.5% slippage'

/** Chains other than the devnet, which has a line of its own. */
export function describeChains(chains: number[], urls: Config['RPC_URLS'], hasDevnetLine: boolean): string[] {
  const named = chains.filter((chainId) => urls?.[chainId])
  if (named.length > 0) return [`  Chains     ${named.join(', ')} by RPC_URLS`]
  if (hasDevnetLine) return []
  return ['  Chains     none is reached: set RPC_URLS, or DEVNET=on for one of play money']
}

const describeDevnet = ({ devnet, missing }: DevnetStart): string =>
  devnet
    ? `chain ${devnet.chainId} at ${devnet.url}: play money, with Uniswap V2; ${
        devnet.shared ? 'another server runs it' : 'kept between starts'
      }, off with DEVNET=off`
    : `none: ${missing}`
