import { z } from 'zod'
import { CodePins, GasCaps, SettingAmount, SpendCaps } from '../apps/copilot/policy/schema.ts'
import { AllowlistTo } from '../web3/schema.ts'
import { basisPoints, json } from './forms.ts'

const atLeast = (least: number) => z.coerce.number().int().min(least).max(1_000_000)

/** The figures by which checks of planned transactions warn and block. */
export const TRANSACTION_SETTINGS = {
  PRICE_IMPACT_WARN_BPS: {
    schema: basisPoints.default(100),
    about: 'a swap that moves the price by more is warned of, in hundredths of a percent',
  },
  PRICE_IMPACT_BLOCK_BPS: {
    schema: basisPoints.default(500),
    about: 'a swap that moves the price by more is blocked',
  },
  FEE_ON_TRANSFER_BLOCK_BPS: {
    schema: basisPoints.default(500),
    about: 'what of a token may be kept on the way; more is blocked, less warned of',
  },
  SELL_BACK_BLOCK_BPS: {
    schema: basisPoints.default(1000),
    about: 'what may be lost by selling at once what a swap buys',
  },
  MEV_WARN_USD: {
    schema: z.coerce.number().min(0).max(1_000_000_000).default(10),
    about: 'what trading around a swap may be worth, in US dollars, before it is warned of',
  },
  DEADLINE_WARN_SECONDS: {
    schema: z.coerce.number().int().min(30).max(86_400).default(3600),
    about: 'a swap that holds for longer is warned of',
  },
  SIMULATION_MAX_AGE_BLOCKS: {
    schema: atLeast(1).default(20),
    about: 'how many blocks old a simulation may be',
  },
  VELOCITY_WARN_RUNS: {
    schema: atLeast(1).default(30),
    about: 'so many runs of a wallet within an hour are warned of',
  },
  VELOCITY_WARN_RUNS_TO_RECIPIENT: {
    schema: atLeast(1).default(10),
    about: 'so many runs of a wallet with one recipient within an hour are warned of',
  },
  NATIVE_RESERVE: {
    schema: SettingAmount.default('0'),
    about: 'how much of the coin of a chain has to stay in the wallet beside the gas, e.g. 0.01',
  },
  GAS_CAPS: {
    schema: json(GasCaps, '{"SWAP":600000}'),
    about: 'JSON object of kinds of transactions and the gas above which each is warned of',
  },
  SPEND_CAPS: {
    schema: json(SpendCaps, '{"1":{"USDC":{"per_transaction":"500","per_day":"1000"}}}'),
    about:
      'JSON object of chain ids, tokens and what a wallet may spend of each: per_transaction, per_day, per_recipient_and_day',
  },
  CODE_PINS: {
    schema: json(CodePins, '{"1":{"0x…":{"code_hash":"0x…"}}}'),
    about:
      'JSON object of chain ids, contracts and the keccak256 of the code each must have; of a proxy its implementation too',
  },
  KNOWN_DELEGATES: {
    schema: json(AllowlistTo, '["0x63c0c19a282a1B52b07dD5a65b58948A07DAE32B"]'),
    about: 'JSON array of contracts that wallets may hand their account to (EIP-7702) without a warning',
  },
} as const
