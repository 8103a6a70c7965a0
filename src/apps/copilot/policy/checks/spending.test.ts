import { AMOUNT, headlineSwap, tokenTransfer } from '../policy.fixture.ts'

import { all, type Case, cap, facts, testChecks } from './check-cases.fixture.ts'
import { SPENDING_CHECKS } from './spending.ts'

const CASES: Record<string, Case[]> = {
  spend_caps: [
    ['above the cap of one', 'FAIL', headlineSwap, cap({ perTransaction: AMOUNT - 1n })],
    [
      'above the cap of a day',
      'FAIL',
      headlineSwap,
      all(
        cap({ perDay: 60_000_000n }),
        facts({ spent: { USDC: { today: 20_000_000n, toRecipientToday: 0n } } }),
      ),
    ],
    [
      'above the cap of a recipient',
      'FAIL',
      tokenTransfer,
      all(
        cap({ perRecipientAndDay: 6_000_000n }),
        facts({ spent: { USDC: { today: 0n, toRecipientToday: 2_000_000n } } }),
      ),
    ],
    [
      'a past that could not be read',
      'UNKNOWN',
      headlineSwap,
      all(cap({ perDay: AMOUNT }), facts({ spent: null })),
    ],
    [
      'at the caps',
      'PASS',
      headlineSwap,
      all(cap({ perTransaction: AMOUNT, perDay: AMOUNT }), facts({ spent: {} })),
    ],
  ],
  velocity: [
    ['not counted here', 'UNKNOWN', headlineSwap],
    ['many runs', 'WARN', headlineSwap, facts({ recentRuns: { all: 30, toRecipient: 0 } })],
    ['many with one recipient', 'WARN', tokenTransfer, facts({ recentRuns: { all: 10, toRecipient: 10 } })],
    ['few', 'PASS', headlineSwap, facts({ recentRuns: { all: 29, toRecipient: 9 } })],
  ],
}

testChecks(SPENDING_CHECKS, CASES)
