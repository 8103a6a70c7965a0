/**
 * A named place between two commits. Where the settings name it, the process ends here as by `kill -9`: tests restart
 * it and prove that nothing is lost and nothing happens twice. Settings come from `config.ts`, which refuses them in production.
 */
export function crashPoint(settings: { crashPoint: string | null }, name: string): void {
  if (settings.crashPoint === name) process.kill(process.pid, 'SIGKILL')
}
