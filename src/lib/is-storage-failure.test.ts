import { expect, test } from 'vitest'
import { storageWriteError } from './errors.ts'
import { isStorageFailure } from './is-storage-failure.ts'

const withCode = (code: string, message = 'x') => Object.assign(new Error(message), { code })

test.each([
  withCode('57P01', 'terminating connection due to administrator command'),
  withCode('55000', 'database "x" is not currently accepting connections'),
  withCode('53300', 'sorry, too many clients already'),
  withCode('08006'),
  withCode('ECONNREFUSED'),
  new Error('Connection terminated unexpectedly'),
  new Error('timeout exceeded when trying to connect'),
  new Error('Client has encountered a connection error and is not queryable'),
  new Error('Query read timeout'),
  withCode('EPIPE', 'write EPIPE'),
  storageWriteError(new Error('x')),
  new Error('the policies could not be loaded', { cause: withCode('57P01') }),
])('%s is a failure of the database', (error) => expect(isStorageFailure(error)).toBe(true))

test.each([
  withCode('23505', 'duplicate key value'),
  withCode('42601', 'syntax error'),
  withCode('57014', 'canceling statement due to statement timeout'),
  withCode('POLICY_SET_UNAVAILABLE'),
  new Error('x', { cause: new Error('y') }),
  new TypeError('x is not a function'),
  'Connection terminated',
  undefined,
])('%s is none', (error) => expect(isStorageFailure(error)).toBe(false))
