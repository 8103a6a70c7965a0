/** Runs until the terminal or a supervisor says stop; a second time is impatience. */
export function stopOnSignals(message: string, stop: () => Promise<void>): void {
  let stopping = false
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, async () => {
      if (stopping) process.exit(130)
      stopping = true
      console.log(`\n${message}`)
      await stop().catch((error) => {
        console.error(`It did not stop cleanly: ${error.message}`)
        process.exitCode = 1
      })
      process.exit()
    })
  }
}
