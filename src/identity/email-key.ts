/** How e-mails are compared: by Unicode's own lower case, which no locale of a database or a process changes. */
export function emailKey(email: string): string {
  return email.trim().normalize('NFC').toLowerCase().normalize('NFC')
}
