/** Tests ask faster than people do; the test of limits sets its own. */
export const UNLIMITED = {
  RATE_LIMIT_SIGN_IN: '0',
  RATE_LIMIT_ACCOUNT: '0',
  RATE_LIMIT_ADDRESS: '0',
  RATE_LIMIT_USER: '0',
  RATE_LIMIT_API_KEY: '0',
  RATE_LIMIT_TENANT: '0',
}
