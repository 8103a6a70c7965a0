import { constants, type Stats } from 'node:fs'
import { lstat, mkdir, open, opendir, realpath, rename, rm, rmdir, unlink, utimes } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { sha256 } from '../lib/hash.ts'
import { inputInvalid, toolFailed } from './tool.ts'

export const WORKSPACE_LIMITS = {
  max_file_bytes: 1024 * 1024,
  max_workspace_bytes: 16 * 1024 * 1024,
  max_entries: 1000,
}

type Entry = { path: string; type: 'file' | 'folder'; size?: number }

export type Workspace = {
  list(path: string): Promise<Entry[]>
  read(path: string): Promise<string>
  write(path: string, content: string): Promise<string>
  remove(path: string): Promise<string>
}

/** Where the folder of a run is. Ids become hashes: no id is a path, and none is another one on a disk that ignores case. */
export const workspacePath = (base: string, tenantId: string, runId: string) =>
  join(base, nameOf('tenant', tenantId), nameOf('run', runId))

const nameOf = (kind: string, id: string) => sha256(`${kind}\0${id}`).toString('hex').slice(0, 40)

/**
 * Opens the folder of a run. Every step of a path is looked at before it is taken: only folders and plain files of one
 * name are there for us, so that no link leads out. Nothing else writes below this folder.
 */
export async function openWorkspace(folder: string): Promise<Workspace> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const root = await realpath(folder)
  const [tenant, run] = [basename(dirname(folder)), basename(folder)]
  if (root !== join(await realpath(dirname(dirname(folder))), tenant, run)) {
    throw toolFailed('NOT_A_FILE', 'the workspace of this run is a link: it is not followed')
  }
  const now = new Date()
  // Tells how long ago anybody used it; writing deeper down does not move the time of this folder.
  await utimes(root, now, now)

  /** Looks at a path step by step. Null where nothing is. */
  const look = async (segments: string[]): Promise<Stats | null> => {
    let path = root
    for (const [index, segment] of segments.entries()) {
      path = join(path, segment)
      const found = await statOf(path)
      if (!found) return null
      const shown = segments.slice(0, index + 1).join('/')
      if (!found.isDirectory() && !isPlainFile(found)) {
        throw toolFailed(
          'NOT_A_FILE',
          `'${shown}' is a link or something else that is neither file nor folder: it is not followed`,
        )
      }
      if (index === segments.length - 1) return found
      if (!found.isDirectory()) throw toolFailed('NOT_A_FOLDER', `'${shown}' is a file, and no folder`)
    }
    return lstat(root)
  }
  const at = (segments: string[]) => join(root, ...segments)
  const parentOf = async (segments: string[]) => {
    const parent = dirname(at(segments))
    if ((await realpath(parent)) !== parent)
      throw toolFailed('NOT_A_FILE', 'a link leads out of the workspace')
  }

  return {
    async list(path) {
      const segments = segmentsOf(path)
      const found = await look(segments)
      if (!found) throw missing(path)
      if (!found.isDirectory()) throw toolFailed('NOT_A_FOLDER', `'${path}' is a file: read it`)
      const entries: Entry[] = []
      for await (const { name } of await opendir(at(segments))) {
        const stats = await lstat(at([...segments, name]))
        const shown = [...segments, name].join('/')
        if (stats.isDirectory()) entries.push({ path: shown, type: 'folder' })
        else if (isPlainFile(stats)) entries.push({ path: shown, type: 'file', size: stats.size })
      }
      return entries.sort((a, b) => (a.path < b.path ? -1 : 1))
    },
    async read(path) {
      const segments = fileSegmentsOf(path)
      const found = await look(segments)
      if (!found) throw missing(path)
      if (found.isDirectory()) throw toolFailed('NOT_A_FILE', `'${path}' is a folder: list it`)
      if (found.size > WORKSPACE_LIMITS.max_file_bytes) throw tooLarge(found.size)
      await parentOf(segments)
      const file = await open(at(segments), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
      try {
        return new TextDecoder().decode(await file.readFile()).replaceAll('\0', '\u{fffd}')
      } finally {
        await file.close()
      }
    },
    async write(path, content) {
      const segments = fileSegmentsOf(path)
      const bytes = Buffer.from(content)
      if (bytes.length > WORKSPACE_LIMITS.max_file_bytes) throw tooLarge(bytes.length)
      const found = await look(segments)
      if (found?.isDirectory()) throw toolFailed('NOT_A_FILE', `'${path}' is a folder`)
      await requireRoom(root, bytes.length - (found?.size ?? 0), found ? 0 : segments.length)
      await mkdir(dirname(at(segments)), { recursive: true, mode: 0o700 })
      await parentOf(segments)
      // Beside the workspace, so that nobody ever sees half a file; a leftover of a crash is written over.
      const draft = `${root}.draft`
      const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | constants.O_NOFOLLOW
      const file = await open(draft, flags, 0o600)
      try {
        await file.writeFile(bytes)
      } finally {
        await file.close()
      }
      await rename(draft, at(segments))
      return `wrote ${bytes.length} bytes to '${path}'`
    },
    async remove(path) {
      const segments = fileSegmentsOf(path)
      const found = await look(segments)
      // The same deletion again finds nothing, and leaves the same workspace.
      if (!found) return `'${path}' is not there`
      await parentOf(segments)
      if (!found.isDirectory()) await unlink(at(segments))
      else await removeFolder(at(segments), path)
      return `deleted '${path}'`
    },
  }
}

/** A file with a second name may be somebody else's file under a name in here. */
const isPlainFile = (stats: Stats) => stats.isFile() && stats.nlink === 1

const missing = (path: string) =>
  toolFailed('FILE_NOT_FOUND', `there is no '${path}' in the workspace of this run`)

const tooLarge = (bytes: number) =>
  toolFailed(
    'FILE_TOO_LARGE',
    `expected a file of at most ${WORKSPACE_LIMITS.max_file_bytes} bytes, got ${bytes}`,
  )

async function statOf(path: string): Promise<Stats | null> {
  try {
    return await lstat(path)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return null
    if (code === 'ENAMETOOLONG') throw inputInvalid('input.path', 'expected names of at most 255 bytes')
    throw error
  }
}

async function removeFolder(folder: string, path: string): Promise<void> {
  try {
    await rmdir(folder)
  } catch (error) {
    if (!['ENOTEMPTY', 'EEXIST'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error
    throw toolFailed('FOLDER_NOT_EMPTY', `'${path}' holds files: delete them first`)
  }
}

/** The names along a path; none for the workspace itself. */
function segmentsOf(path: string): string[] {
  if (path === '.') return []
  const segments = path.split('/')
  const wrong = segments.some((name) => name === '' || name === '.' || name === '..')
  if (wrong || /[\0\\]/.test(path) || /^[A-Za-z]:/.test(path)) {
    throw inputInvalid(
      'input.path',
      "expected names with '/' between, relative to the workspace and without '..', or '.' for the workspace itself",
    )
  }
  return segments
}

function fileSegmentsOf(path: string): string[] {
  const segments = segmentsOf(path)
  if (segments.length === 0)
    throw inputInvalid('input.path', "expected a file, got '.', which is the workspace itself")
  return segments
}

/** @throws AppError 500 when the workspace has not so much room left */
async function requireRoom(root: string, moreBytes: number, moreEntries: number): Promise<void> {
  let bytes = moreBytes
  let entries = moreEntries
  for await (const entry of await opendir(root, { recursive: true })) {
    entries++
    if (entry.isFile()) bytes += (await lstat(join(entry.parentPath, entry.name))).size
  }
  const { max_workspace_bytes: most, max_entries: mostEntries } = WORKSPACE_LIMITS
  if (bytes > most) {
    throw toolFailed(
      'WORKSPACE_FULL',
      `expected at most ${most} bytes in all files of a run, this would make ${bytes}: delete some first`,
    )
  }
  if (entries > mostEntries) {
    throw toolFailed(
      'WORKSPACE_FULL',
      `expected at most ${mostEntries} files and folders in the workspace of a run: delete some first`,
    )
  }
}

/** Deletes the workspaces that nobody used since a point in time, and folders of tenants that hold none any more. */
export async function sweepWorkspaces(root: string, before: number): Promise<number> {
  let deleted = 0
  for (const tenant of await namesIn(root)) {
    for (const run of await namesIn(join(root, tenant))) {
      const path = join(root, tenant, run)
      const stats = await statOf(path)
      if (!stats || stats.mtimeMs >= before) continue
      await rm(path, { recursive: true, force: true })
      deleted++
    }
  }
  return deleted
}

/** Names that we gave, and drafts of them; whatever else somebody put there is not ours to delete. */
async function namesIn(folder: string): Promise<string[]> {
  const names: string[] = []
  try {
    for await (const { name } of await opendir(folder))
      if (/^[0-9a-f]{40}(\.draft)?$/.test(name)) names.push(name)
  } catch (error) {
    if (!['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error
  }
  return names
}
