import { coinTransfer, contract, headlineSwap, ROUTER, STRANGER, USDC, WALLET } from '../policy.fixture.ts'

import {
  accountOf,
  all,
  buysStranger,
  type Case,
  DELEGATE,
  facts,
  onChain,
  pinned,
  reputed,
  testChecks,
} from './check-cases.fixture.ts'
import { CONTRACT_CHECKS } from './contracts.ts'

const CASES: Record<string, Case[]> = {
  token_identity: [
    ['other decimals', 'FAIL', headlineSwap, onChain(USDC, { decimals: 18 })],
    ['another symbol', 'FAIL', headlineSwap, onChain(USDC, { symbol: 'FAKE' })],
    ['a look-alike outside of the registry', 'FAIL', headlineSwap, buysStranger],
    ['a token that does not answer', 'UNKNOWN', headlineSwap, onChain(USDC, { symbol: null })],
    [
      'another name outside of the registry',
      'PASS',
      headlineSwap,
      all(buysStranger, onChain(STRANGER, {}), ({ facts: { tokens } }) =>
        Object.assign(tokens[STRANGER.toLowerCase()]!, { symbol: 'PEPE' }),
      ),
    ],
    ['the same in small letters', 'PASS', headlineSwap, onChain(USDC, { symbol: 'usdc' })],
  ],
  contract_has_code: [
    ['no contract there', 'FAIL', headlineSwap, accountOf(ROUTER, { codeHash: null })],
    ['code that could not be read', 'UNKNOWN', headlineSwap, facts({ accounts: {} })],
    ['coins to a person', 'PASS', coinTransfer],
  ],
  code_hash_pin: [
    ['other code', 'FAIL', headlineSwap, pinned(`0x${'00'.repeat(32)}`)],
    ['a proxy that stands for other code', 'WARN', headlineSwap, pinned(contract().codeHash!, DELEGATE)],
    ['nothing pinned', 'UNKNOWN', headlineSwap],
    ['the code that is pinned', 'PASS', headlineSwap, pinned(contract().codeHash!)],
  ],
  delegated_wallet: [
    ['an unknown contract', 'WARN', headlineSwap, accountOf(WALLET, { delegate: DELEGATE })],
    ['a wallet that could not be read', 'UNKNOWN', headlineSwap, facts({ accounts: {} })],
    [
      'a known contract',
      'PASS',
      headlineSwap,
      all(accountOf(WALLET, { delegate: DELEGATE }), ({ limits }) => limits.knownDelegates.push(DELEGATE)),
    ],
  ],
  contract_age: [
    ['no source', 'UNKNOWN', headlineSwap],
    ['three days', 'WARN', headlineSwap, reputed({ ageDays: 3 })],
    ['a year', 'PASS', headlineSwap, reputed({ ageDays: 365 })],
  ],
  verified_source: [
    ['no source', 'UNKNOWN', headlineSwap],
    ['not published', 'WARN', headlineSwap, reputed({ sourceVerified: false })],
    ['published', 'PASS', headlineSwap, reputed({ sourceVerified: true })],
  ],
  reputation_feed: [
    ['no source', 'UNKNOWN', headlineSwap],
    ['a source that did not answer', 'UNKNOWN', headlineSwap, facts({ reputation: null })],
    ['flagged', 'WARN', headlineSwap, reputed({ flagged: 'drainer' })],
    ['not flagged', 'PASS', headlineSwap, reputed({ flagged: null })],
  ],
}

testChecks(CONTRACT_CHECKS, CASES)
