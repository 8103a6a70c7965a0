/** Whoever owns the database, as the audit log names them. */
export const OPERATOR = { id: 'system:operator', ownerId: 'system:operator' }
