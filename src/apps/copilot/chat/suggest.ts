import type { ChainRegistry } from '../../../web3/registry.ts'
import { classify } from '../planner/classify.ts'
import { applyAnswers } from '../planner/plan-intent.ts'
import type { Answers, NeedsInput, SlotName } from '../planner/schema.ts'
import { composeSentence } from './compose-sentence.ts'

const MOST = 4

/** What can be said here: short sentences, each of which the grammar understands on this chain. */
export function suggestSentences(registry: ChainRegistry): string[] {
  const tokens = Object.values(registry.tokens)
  const coin = tokens.find(({ isNative }) => isNative)
  const other = tokens.find(({ isNative, address }) => !isNative && address !== coin?.address)
  const sentences = [
    ...(coin && other ? [`Swap 10 ${other.symbol} to ${coin.symbol}`] : []),
    'Show my balances',
    'Show my allowances',
    'Which tokens are supported?',
  ]
  return sentences.filter((sentence) => ['ACTION', 'QUERY'].includes(classify(sentence, registry).mode))
}

/** Ways to say the whole where one thing is missing, each of them complete. */
export function suggestCompletions(
  sentence: string,
  answers: Answers,
  { missing, data }: Pick<NeedsInput, 'missing' | 'data'>,
  registry: ChainRegistry,
): string[] {
  const [slot] = missing
  if (!slot) return []
  const complete = candidatesFor(slot, data).flatMap((candidate) => {
    const planned = applyAnswers(sentence, { ...answers, [slot]: candidate }, registry)
    if (planned.status !== 'READY') return []
    const { intent } = planned
    if (intent.type === 'query') return intent.token ? [`Show my ${intent.token.value} balance`] : []
    return [composeSentence(intent)]
  })
  return [...new Set(complete)]
    .filter((text) => ['ACTION', 'QUERY'].includes(classify(text, registry).mode))
    .slice(0, MOST)
}

function candidatesFor(slot: SlotName, data: NeedsInput['data']): string[] {
  switch (slot) {
    case 'token_in':
    case 'token_out':
    case 'asset':
    case 'token':
      return data.token_options ?? []
    case 'router_key':
    case 'spender':
      return data.router_options ?? []
    case 'amount_in':
      return ['10', 'half']
    case 'slippage_bps':
      return ['0.5%', '1%']
    case 'deadline_seconds':
      return ['20 minutes']
    case 'amount_out':
    case 'recipient':
    case 'chain_id':
    case 'wallet_address':
    case 'intent':
      return []
  }
}
