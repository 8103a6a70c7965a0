import { expect, test } from 'vitest'
import { ForbiddenAddressError } from '../../lib/guarded-fetch.ts'
import { explainFailure, NotTakenError } from './explain-failure.ts'

const withCode = (code: string, message = `connect ${code} 10.0.0.7:5432`) =>
  Object.assign(new Error(message), { code })
const wrapped = (cause: Error) => Object.assign(new TypeError('fetch failed'), { cause })

test.each([
  [new NotTakenError(503), 'it answered 503'],
  [
    wrapped(new ForbiddenAddressError('db.internal is not a public address')),
    'its address is not a public one',
  ],
  [wrapped(withCode('ECONNREFUSED')), 'no connection came about'],
  [
    wrapped(new AggregateError([withCode('ECONNREFUSED'), withCode('EHOSTUNREACH')])),
    'no connection came about',
  ],
  [wrapped(withCode('ENOTFOUND', 'getaddrinfo ENOTFOUND db.internal')), 'its name could not be found'],
  [wrapped(withCode('UND_ERR_CONNECT_TIMEOUT')), 'it did not answer in time'],
  [new DOMException('The operation was aborted', 'TimeoutError'), 'it did not answer in time'],
  [wrapped(withCode('DEPTH_ZERO_SELF_SIGNED_CERT')), 'its certificate is not one to trust'],
  [Object.assign(withCode('EENVELOPE'), { responseCode: 550 }), 'the mail server answered 550'],
  [withCode('ESOCKET'), 'no connection came about'],
  [withCode('EAUTH'), 'the mail server refused the sign-in'],
  [new Error('10.0.0.7 said something new'), 'it could not be sent'],
])('a message that could not be sent says what kind of failure it was and no address: %s', (error, says) => {
  expect(explainFailure(error)).toBe(says)
})
