/** The part of nodemailer that is used; the package brings no types. */
declare module 'nodemailer' {
  type Transport = {
    sendMail(message: {
      from: string
      to: string[]
      subject: string
      text: string
      messageId: string
      disableFileAccess: boolean
      disableUrlAccess: boolean
    }): Promise<unknown>
    close(): void
  }
  export function createTransport(options: {
    url: string
    connectionTimeout: number
    greetingTimeout: number
    socketTimeout: number
  }): Transport
}
