import { describe, expect, test } from 'vitest'
import { AppError } from '../../lib/errors.ts'
import { parseInput } from '../../lib/validation.ts'
import { EVENT_VOCABULARY } from './event-vocabulary.ts'
import { Receipt } from './schema.ts'

type Body = Record<string, unknown>

const body = (): Body => ({
  id: 'evt_1',
  run_id: 'run_1',
  timestamp: '2026-02-14T13:00:00Z',
  type: 'action',
  actor: 'agent',
  title: 'Draft',
  details: 'Drafted an answer',
  approval: { status: 'not_required' },
})

const parse = (input: unknown) => parseInput(Receipt, input, EVENT_VOCABULARY)

/** The faults that the API would answer. */
function faultsOf(input: unknown) {
  try {
    parse(input)
  } catch (error) {
    if (error instanceof AppError) return error
  }
  throw new Error('expected the receipt to be refused')
}

/** `path type code` of each. */
const told = (input: unknown) =>
  faultsOf(input).details.map(({ path, type, code }) => `${path} ${type} ${code}`)

const without = (member: string) => {
  const { [member]: _, ...rest } = body()
  return rest
}

test('what is left out is filled in, and what is stored says every member', () => {
  expect(parse(body())).toEqual({
    ...body(),
    confidence: null,
    risk_level: null,
    requires_approval: false,
    approval: {
      status: 'not_required',
      decision_id: null,
      requested_by: null,
      resolved_by: null,
      resolved_at: null,
      reason: null,
    },
    evidence: [],
    meta: null,
  })
})

test('id, run_id, title and details are stored without the spaces around them; nothing inside approval and evidence is', () => {
  const parsed = parse({
    ...body(),
    id: ' evt_1 ',
    run_id: '\trun_1\n',
    title: ' T ',
    details: ' D ',
    approval: { status: 'pending', reason: ' why ' },
    evidence: [{ kind: 'log', label: ' l ', ref: ' r ' }],
  })
  expect(parsed).toMatchObject({
    id: 'evt_1',
    run_id: 'run_1',
    title: 'T',
    details: 'D',
    approval: { reason: ' why ' },
    evidence: [{ kind: 'log', label: ' l ', ref: ' r ' }],
  })
})

test.each([
  ['2026-02-14T14:00:00+01:00', '2026-02-14T13:00:00Z'],
  ['2026-02-14 13:00:00z', '2026-02-14T13:00:00Z'],
  ['2026-02-14T13:00:00.123456Z', '2026-02-14T13:00:00.123456Z'],
  [1_771_074_000, '2026-02-14T13:00:00Z'],
  ['1771074000', '2026-02-14T13:00:00Z'],
])('timestamp %s is stored as %s', (timestamp, expected) => {
  expect(parse({ ...body(), timestamp }).timestamp).toBe(expected)
})

test('approval.resolved_at is stored in UTC too', () => {
  const approval = { status: 'approved', resolved_by: 'ana', resolved_at: '2026-02-14T14:00:00+01:00' }
  expect(parse({ ...body(), approval }).approval.resolved_at).toBe('2026-02-14T13:00:00Z')
})

describe('missing members', () => {
  const missing = (path: string, code: string) => [{ path, message: 'Field required', type: 'missing', code }]

  test('RULE-CORE-001: a receipt without a run_id, or with an empty one, is MISSING_RUN_ID', () => {
    expect(faultsOf(without('run_id')).details).toEqual(missing('run_id', 'MISSING_RUN_ID'))
    expect(told({ ...body(), run_id: ' ' })).toEqual(['run_id string_too_short MISSING_RUN_ID'])
  })

  test('RULE-CORE-002: a receipt without an id, or with an empty one, is MISSING_EVENT_ID', () => {
    expect(faultsOf(without('id')).details).toEqual(missing('id', 'MISSING_EVENT_ID'))
    expect(told({ ...body(), id: '' })).toEqual(['id string_too_short MISSING_EVENT_ID'])
  })

  test('RULE-CORE-004: a receipt without a timestamp is MISSING_TIMESTAMP', () => {
    expect(faultsOf(without('timestamp')).details).toEqual(missing('timestamp', 'MISSING_TIMESTAMP'))
  })

  test('RULE-CORE-006: a receipt without a type is MISSING_EVENT_TYPE', () => {
    expect(faultsOf(without('type')).details).toEqual(missing('type', 'MISSING_EVENT_TYPE'))
  })

  test('RULE-CORE-007: a type that nobody knows is INVALID_EVENT_TYPE', () => {
    for (const type of ['act', 'Action', '', null, 1]) {
      expect(told({ ...body(), type })).toEqual(['type literal_error INVALID_EVENT_TYPE'])
    }
  })

  test('RULE-CORE-008: an actor that is missing is MISSING_ACTOR, another one INVALID_ACTOR', () => {
    expect(faultsOf(without('actor')).details).toEqual(missing('actor', 'MISSING_ACTOR'))
    expect(told({ ...body(), actor: 'robot' })).toEqual(['actor literal_error INVALID_ACTOR'])
  })

  test.each(['title', 'details'])(
    'RULE-CORE-009: a receipt whose %s is missing or empty is MISSING_TIMELINE_FIELDS',
    (member) => {
      expect(faultsOf(without(member)).details).toEqual(missing(member, 'MISSING_TIMELINE_FIELDS'))
      expect(told({ ...body(), [member]: '\t ' })).toEqual([
        `${member} string_too_short MISSING_TIMELINE_FIELDS`,
      ])
    },
  )

  test('a receipt without an approval is MISSING_APPROVAL', () => {
    expect(faultsOf(without('approval')).details).toEqual(missing('approval', 'MISSING_APPROVAL'))
  })

  test.each([
    ['approval.status', { approval: {} }],
    ['evidence.0.label', { evidence: [{ kind: 'log', ref: 'r' }] }],
  ])('without %s it is MISSING_REQUIRED_FIELD', (path, more) => {
    expect(told({ ...body(), ...more })).toEqual([`${path} missing MISSING_REQUIRED_FIELD`])
  })

  test('RULE-RISK-001: meta says both workflow and step, and neither is empty', () => {
    const fault = (meta: Body) => told({ ...body(), meta })
    expect(fault({ workflow: 'w' })).toEqual(['meta.step missing MISSING_REQUIRED_FIELD'])
    expect(fault({ step: 's' })).toEqual(['meta.workflow missing MISSING_REQUIRED_FIELD'])
    expect(fault({ workflow: 'w', step: ' ' })).toEqual([
      'meta.step string_too_short SCHEMA_VALIDATION_ERROR',
    ])
    expect(parse({ ...body(), meta: { workflow: 'w', step: 's' } }).meta).toEqual({
      workflow: 'w',
      step: 's',
    })
  })
})

describe('RULE-CONF: confidence', () => {
  test('RULE-CONF-001: confidence may be left out', () => {
    expect(parse(body()).confidence).toBeNull()
  })

  test.each(['0.5', true, {}, []])(
    'RULE-CONF-002: confidence %j is INVALID_CONFIDENCE_TYPE',
    (confidence) => {
      expect(faultsOf({ ...body(), confidence }).details).toMatchObject([
        { path: 'confidence', code: 'INVALID_CONFIDENCE_TYPE' },
      ])
    },
  )

  test.each([-0.01, 1.01, 1e300])(
    'RULE-CONF-003: confidence %d is INVALID_CONFIDENCE_BOUNDS',
    (confidence) => {
      expect(faultsOf({ ...body(), confidence }).details).toMatchObject([
        { path: 'confidence', code: 'INVALID_CONFIDENCE_BOUNDS' },
      ])
    },
  )

  test('RULE-CONF-004: a low confidence changes no risk level', () => {
    expect(parse({ ...body(), confidence: 0.01, risk_level: 'low' }).risk_level).toBe('low')
  })
})

describe('values that do not fit', () => {
  const nan = 'Input should be a valid number, unable to parse string as a number'
  test.each<[Body, string, string]>([
    [{ id: '   ' }, 'id string_too_short MISSING_EVENT_ID', 'String should have at least 1 character'],
    [{ run_id: '' }, 'run_id string_too_short MISSING_RUN_ID', 'String should have at least 1 character'],
    [
      { title: ' ' },
      'title string_too_short MISSING_TIMELINE_FIELDS',
      'String should have at least 1 character',
    ],
    [
      { details: '' },
      'details string_too_short MISSING_TIMELINE_FIELDS',
      'String should have at least 1 character',
    ],
    [{ title: 7 }, 'title string_type SCHEMA_VALIDATION_ERROR', 'Input should be a valid string'],
    [{ id: null }, 'id string_type SCHEMA_VALIDATION_ERROR', 'Input should be a valid string'],
    [
      { type: 'act' },
      'type literal_error INVALID_EVENT_TYPE',
      "Input should be 'intent', 'action', 'observation', 'decision', 'approval_requested', 'approval_resolved', 'error' or 'summary'",
    ],
    [
      { type: 'Action' },
      'type literal_error INVALID_EVENT_TYPE',
      "Input should be 'intent', 'action', 'observation', 'decision', 'approval_requested', 'approval_resolved', 'error' or 'summary'",
    ],
    [{ actor: 'robot' }, 'actor literal_error INVALID_ACTOR', "Input should be 'agent', 'system' or 'human'"],
    [
      { risk_level: 'huge' },
      'risk_level literal_error INVALID_RISK_LEVEL',
      "Input should be 'low', 'medium' or 'high'",
    ],
    [
      { approval: { status: 'maybe' } },
      'approval.status literal_error INVALID_APPROVAL_STATUS',
      "Input should be 'not_required', 'pending', 'approved' or 'rejected'",
    ],
    [
      { evidence: [{ kind: 'photo', label: 'l', ref: 'r' }] },
      'evidence.0.kind literal_error INVALID_EVIDENCE_KIND',
      "Input should be 'log', 'url', 'artifact' or 'diff'",
    ],
    [
      { confidence: 1.01 },
      'confidence less_than_equal INVALID_CONFIDENCE_BOUNDS',
      'Input should be less than or equal to 1',
    ],
    [
      { confidence: -0.01 },
      'confidence greater_than_equal INVALID_CONFIDENCE_BOUNDS',
      'Input should be greater than or equal to 0',
    ],
    [{ confidence: '0.5' }, 'confidence float_parsing INVALID_CONFIDENCE_TYPE', nan],
    [{ confidence: true }, 'confidence float_type INVALID_CONFIDENCE_TYPE', 'Input should be a valid number'],
    [
      { requires_approval: 'yes' },
      'requires_approval bool_type SCHEMA_VALIDATION_ERROR',
      'Input should be a valid boolean',
    ],
    [
      { requires_approval: 1 },
      'requires_approval bool_type SCHEMA_VALIDATION_ERROR',
      'Input should be a valid boolean',
    ],
    [{ evidence: {} }, 'evidence list_type SCHEMA_VALIDATION_ERROR', 'Input should be a valid list'],
    [{ evidence: null }, 'evidence list_type SCHEMA_VALIDATION_ERROR', 'Input should be a valid list'],
    [
      { approval: 'pending' },
      'approval model_type SCHEMA_VALIDATION_ERROR',
      'Input should be a valid dictionary or object',
    ],
    [
      { meta: { workflow: '', step: 's' } },
      'meta.workflow string_too_short SCHEMA_VALIDATION_ERROR',
      'String should have at least 1 character',
    ],
  ])('%j is %s', (more, expected, message) => {
    expect(told({ ...body(), ...more })).toEqual([expected])
    expect(faultsOf({ ...body(), ...more }).details[0]!.message).toBe(message)
  })

  test.each([0, 1, 0.5, null])('confidence %j is let in', (confidence) => {
    expect(parse({ ...body(), confidence }).confidence).toBe(confidence)
  })

  test.each([
    ['2026-02-14T13:00:00', 'value_error', 'Value error, timestamp must include timezone information'],
    [
      '2026-02-30T13:00:00Z',
      'datetime_parsing',
      'Input should be a valid datetime, e.g. 2026-02-14T13:00:00Z',
    ],
    ['yesterday', 'datetime_parsing', 'Input should be a valid datetime, e.g. 2026-02-14T13:00:00Z'],
    [1.5, 'datetime_parsing', 'Input should be a valid datetime, e.g. 2026-02-14T13:00:00Z'],
  ])('RULE-CORE-004: timestamp %j is INVALID_TIMESTAMP', (timestamp, type, message) => {
    expect(faultsOf({ ...body(), timestamp }).details).toEqual([
      { path: 'timestamp', message, type, code: 'INVALID_TIMESTAMP' },
    ])
  })

  test('RULE-CORE-004: approval.resolved_at without a zone is INVALID_TIMESTAMP', () => {
    const approval = { status: 'approved', resolved_at: '2026-02-14T13:00:00' }
    expect(told({ ...body(), approval })).toEqual(['approval.resolved_at value_error INVALID_TIMESTAMP'])
  })

  test.each([[true], [null], [{}], [[]]])('RULE-CORE-004: timestamp %j is INVALID_TIMESTAMP', (timestamp) => {
    const message = 'Input should be a valid datetime, e.g. 2026-02-14T13:00:00Z'
    expect(faultsOf({ ...body(), timestamp }).details).toEqual([
      { path: 'timestamp', message, type: 'datetime_type', code: 'INVALID_TIMESTAMP' },
    ])
  })
})

describe('RULE-RISK-002: values of risk and evidence', () => {
  test.each(['low', 'medium', 'high', null])('RULE-RISK-002: risk level %j is let in', (risk_level) => {
    expect(parse({ ...body(), risk_level }).risk_level).toBe(risk_level)
  })

  test.each(['critical', 'HIGH', '', 3])('RULE-RISK-002: risk level %j is refused', (risk_level) => {
    expect(told({ ...body(), risk_level })).toEqual(['risk_level literal_error INVALID_RISK_LEVEL'])
  })
})

describe('RULE-RISK-004: members that nobody knows', () => {
  const item = { kind: 'log', label: 'l', ref: 'r' }
  test.each<[string, Body]>([
    ['surprise', { surprise: 1 }],
    ['approval.surprise', { approval: { status: 'not_required', surprise: 1 } }],
    ['evidence.1.surprise', { evidence: [item, { ...item, surprise: 1 }] }],
    ['meta.surprise', { meta: { workflow: 'w', step: 's', surprise: 1 } }],
    ['prev_hash', { prev_hash: '00' }],
    ['hash', { hash: '00' }],
  ])('RULE-RISK-004: %s is refused', (path, more) => {
    expect(faultsOf({ ...body(), ...more }).details).toEqual([
      { path, message: 'Extra inputs are not permitted', type: 'extra_forbidden', code: 'UNKNOWN_FIELD' },
    ])
  })
})

test('every fault is listed at once, sorted by path, in one 422', () => {
  const error = faultsOf({ type: 'x', surprise: 1, confidence: 2, approval: {}, evidence: [{}] })
  expect(error).toMatchObject({
    status: 422,
    code: 'SCHEMA_VALIDATION_ERROR',
    message: 'Event payload failed schema validation',
    ruleIds: undefined,
  })
  const paths = error.details.map(({ path }) => path)
  expect(paths).toEqual([
    'actor',
    'approval.status',
    'confidence',
    'details',
    'evidence.0.kind',
    'evidence.0.label',
    'evidence.0.ref',
    'id',
    'run_id',
    'surprise',
    'timestamp',
    'title',
    'type',
  ])
})

test.each([null, 7, 'text', [], true])('a body that is %j is refused', (input) => {
  expect(faultsOf(input)).toMatchObject({ status: 422, code: 'SCHEMA_VALIDATION_ERROR' })
})
