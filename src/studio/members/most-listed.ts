/** How many the server lists at most: a list of this length may have more behind it, and says so. */
export const MOST_LISTED = { people: 1000, invitations: 200, keys: 1000 }
