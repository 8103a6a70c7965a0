import { expect, test } from 'vitest'
import { NoteError } from './signed-note.ts'
import { digestCheckpointText, formatStatementText, parseStatementText } from './statement.ts'

const HEAD = 'ab'.repeat(32)
const CHECKPOINT = 'log\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n'

test('a statement says tenant, checkpoint and where each run ends', () => {
  const runs = [
    { run_id: 'run_1', seq: 10, head: HEAD },
    { run_id: 'a "run" 7 with\nlines', seq: 2, head: HEAD },
  ]
  const text = formatStatementText({ tenant: 'größe', checkpointText: CHECKPOINT, runs })
  expect(text).toBe(
    `countersign.export.v1\n"größe"\n${digestCheckpointText(CHECKPOINT)}\n` +
      `"run_1" 10 ${HEAD}\n"a \\"run\\" 7 with\\nlines" 2 ${HEAD}\n`,
  )
  const checkpointDigest = digestCheckpointText(CHECKPOINT)
  expect(parseStatementText(text)).toEqual({ tenant: 'größe', checkpointDigest, runs })
})

test.each([
  ['another first line', `countersign.export.v2\n"t"\nx\n`],
  ['only one line', 'countersign.export.v1\n'],
  ['no final newline', 'countersign.export.v1\n"t"\nx'],
  ['a tenant that is no JSON string', 'countersign.export.v1\nt\nx\n'],
  ['a tenant in another spelling', 'countersign.export.v1\n"\\u0074"\nx\n'],
  ['a run without a head', 'countersign.export.v1\n"t"\nx\n"r" 1\n'],
  ['a seq of zero', `countersign.export.v1\n"t"\nx\n"r" 0 ${HEAD}\n`],
  ['a seq with a leading zero', `countersign.export.v1\n"t"\nx\n"r" 01 ${HEAD}\n`],
  ['a seq beyond 2^53', `countersign.export.v1\n"t"\nx\n"r" 9007199254740993 ${HEAD}\n`],
  ['two values for a run', `countersign.export.v1\n"t"\nx\n"r" "s" 1 ${HEAD}\n`],
])('a statement with %s is refused', (_fault, text) => {
  expect(() => parseStatementText(text)).toThrow(NoteError)
})
