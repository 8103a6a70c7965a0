import { hexToBytes } from '@noble/hashes/utils.js'
import { expect, test } from 'vitest'
import { canonicalJson } from '../lib/canonical-json.ts'

// RFC 8785, appendix B.
const NUMBERS: [ieee754: string, text: string][] = [
  ['0000000000000000', '0'],
  ['8000000000000000', '0'],
  ['0000000000000001', '5e-324'],
  ['8000000000000001', '-5e-324'],
  ['7fefffffffffffff', '1.7976931348623157e+308'],
  ['ffefffffffffffff', '-1.7976931348623157e+308'],
  ['4340000000000000', '9007199254740992'],
  ['c340000000000000', '-9007199254740992'],
  ['4430000000000000', '295147905179352830000'],
  ['44b52d02c7e14af5', '9.999999999999997e+22'],
  ['44b52d02c7e14af6', '1e+23'],
  ['44b52d02c7e14af7', '1.0000000000000001e+23'],
  ['444b1ae4d6e2ef4e', '999999999999999700000'],
  ['444b1ae4d6e2ef4f', '999999999999999900000'],
  ['444b1ae4d6e2ef50', '1e+21'],
  ['3eb0c6f7a0b5ed8c', '9.999999999999997e-7'],
  ['3eb0c6f7a0b5ed8d', '0.000001'],
  ['41b3de4355555553', '333333333.3333332'],
  ['41b3de4355555554', '333333333.33333325'],
  ['41b3de4355555555', '333333333.3333333'],
  ['41b3de4355555556', '333333333.3333334'],
  ['41b3de4355555557', '333333333.33333343'],
  ['becbf647612f3696', '-0.0000033333333333333333'],
  ['43143ff3c1cb0959', '1424953923781206.2'],
  // The sample lines of the 100-million-number file, github.com/cyberphone/json-canonicalization, testdata/README.md.
  ['4340000000000001', '9007199254740994'],
  ['4340000000000002', '9007199254740996'],
]
const doubleOf = (hex: string) => new DataView(hexToBytes(hex).slice().buffer).getFloat64(0)

test.each(NUMBERS)('RFC 8785 appendix B: the number %s is written %s', (hex, text) => {
  expect(canonicalJson(doubleOf(hex))).toBe(text)
})

test('RFC 8785 appendix B: NaN and the infinities have no form', () => {
  for (const hex of ['7fffffffffffffff', '7ff0000000000000', 'fff0000000000000']) {
    expect(() => canonicalJson(doubleOf(hex))).toThrow()
  }
})

test('RFC 8785 §3.2.2: the example is serialised with its numbers, escapes and literals', () => {
  const input = String.raw`{
    "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
    "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
    "literals": [null, true, false]
  }`
  const output = String.raw`{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\u000f\nA'B\"\\\\\"/"}`
  expect(canonicalJson(JSON.parse(input))).toBe(output)
})

test('RFC 8785 §3.2.3: members are sorted by UTF-16 code units', () => {
  const input = String.raw`{
    "\u20ac": "Euro Sign",
    "\r": "Carriage Return",
    "\ufb33": "Hebrew Letter Dalet With Dagesh",
    "1": "One",
    "\ud83d\ude00": "Emoji: Grinning Face",
    "\u0080": "Control",
    "\u00f6": "Latin Small Letter O With Diaeresis"
  }`
  const output = canonicalJson(JSON.parse(input))
  expect([...output.matchAll(/:"([^"]+)"/g)].map(([, value]) => value)).toEqual([
    'Carriage Return',
    'One',
    'Control',
    'Latin Small Letter O With Diaeresis',
    'Euro Sign',
    'Emoji: Grinning Face',
    'Hebrew Letter Dalet With Dagesh',
  ])
})

// github.com/cyberphone/json-canonicalization, testdata/input and testdata/output.
const FILES: [name: string, input: string, output: string][] = [
  [
    'structures',
    '{"1": {"f": {"f": "hi","F": 5} ,"\\n": 56.0},"10": { },"": "empty","a": { },"111": [ { } ],"A": { }}',
    '{"":"empty","1":{"\\n":56,"f":{"F":5,"f":"hi"}},"10":{},"111":[{}],"A":{},"a":{}}',
  ],
  [
    'french',
    '{"peach": "This sorting order","péché": "is wrong according to French","pêche": "but canonicalization MUST","sin": "ingnore locale"}',
    '{"peach":"This sorting order","péché":"is wrong according to French","pêche":"but canonicalization MUST","sin":"ingnore locale"}',
  ],
  ['unicode', '{"Unnormalized Unicode":"\\u1e0d\\u0307"}', '{"Unnormalized Unicode":"\u1e0d\u0307"}'],
  [
    'weird',
    '{"\\u20ac": "Euro Sign","1": "One","\\u0080": "Control\\u007f","\\ud83d\\ude02": "Smiley","\\u00f6": "Latin Small Letter O With Diaeresis","\\ufb33": "Hebrew Letter Dalet With Dagesh","</script>": "Browser Challenge"}',
    '{"1":"One","</script>":"Browser Challenge","\u0080":"Control\u007f","ö":"Latin Small Letter O With Diaeresis","€":"Euro Sign","😂":"Smiley","\ufb33":"Hebrew Letter Dalet With Dagesh"}',
  ],
]

test.each(FILES)('the published test file %s has its published form', (_name, input, output) => {
  expect(canonicalJson(JSON.parse(input))).toBe(output)
})

test('RFC 8785 §3.2.2.2: a lone surrogate is refused wherever it stands', () => {
  for (const text of ['"\\ud800"', '["\\udfff"]', '{"\\ud83d":1}']) {
    expect(() => canonicalJson(JSON.parse(text))).toThrow()
  }
})
