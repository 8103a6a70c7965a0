const SIGN_IN = '/studio/sign-in'

/**
 * The page to come back to after signing in. Several calls may find the session gone at once: the ones after the first
 * already stand on the sign-in page and must not forget where the first one came from.
 */
export function pageToReturnTo(): string {
  const { pathname, search } = location
  return pathname === SIGN_IN ? (new URLSearchParams(search).get('next') ?? '/studio/') : pathname + search
}

/** That page as a path of ours, whoever made the address. */
export function checkedReturnPage(next: string | undefined): string {
  const url = URL.parse(next ?? '', location.origin)
  const isOurs = url?.origin === location.origin && url.pathname.startsWith('/studio/')
  return isOurs && url.pathname !== SIGN_IN ? url.pathname + url.search : '/studio/'
}
