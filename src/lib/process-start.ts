import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

/** When a process started, in a form that differs between two processes of one number; null when there is none. */
export function startOfProcess(pid: number): string | null {
  try {
    // Linux: ticks since boot (field 22, behind the name in parentheses), made unique by the boot's id.
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    if (fields[0] === 'Z') return null
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()} ${fields[19]}`
  } catch {
    if (process.platform === 'linux') return null
  }
  try {
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim() || null
  } catch {
    return null
  }
}
