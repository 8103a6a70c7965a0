import pg from 'pg'

/** The database that fresh ones are copies of. */
export const MIGRATED = 'test_migrated'

/** @returns the address of the database that was created. */
export async function createNamedDatabase(server: string, name: string, template: string): Promise<string> {
  const client = new pg.Client({ connectionString: server })
  await client.connect()
  try {
    await client.query(`CREATE DATABASE ${name} TEMPLATE ${template}`)
  } finally {
    await client.end()
  }
  const url = new URL(server)
  url.pathname = `/${name}`
  return url.href
}
