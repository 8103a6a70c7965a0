import { compilePhrases } from './read-text.ts'
import { ENGLISH, ENGLISH_HARMLESS } from './triage-english.ts'
import { PORTUGUESE, PORTUGUESE_HARMLESS } from './triage-portuguese.ts'

/** What a ticket can say that bears on how soon somebody must act. */
export type SignalName =
  | 'safety'
  | 'medical'
  | 'unwell'
  | 'security'
  | 'outage'
  | 'locked_out'
  | 'connectivity'
  | 'defect'
  | 'discomfort'
  | 'money'
  | 'billing'
  | 'time_pressure'
  | 'today'
  | 'many_affected'
  | 'vulnerable'
  | 'blocked'
  | 'threat'
  | 'frustration'
  | 'service'
  | 'schedule'
  | 'question'
  | 'praise'
  | 'thanks'
  | 'suggestion'
  | 'calm'
  | 'resolved'
  | 'spam'

export type Signal = {
  name: SignalName
  /** What it adds to the severity; 8 alone makes a ticket urgent. */
  weight: number
  /** How the reason names it. */
  label: string
  /**
   * What a ticket reports counts always; what it says about its own rank (`soft`) does not count in sentences that also
   * tell the reader how to rate it.
   */
  soft: boolean
  phrases: RegExp
}

const weights: Record<SignalName, [weight: number, label: string, soft?: 'soft']> = {
  safety: [10, 'danger to people'],
  medical: [7, 'somebody needs a doctor'],
  unwell: [4.5, 'somebody is unwell'],
  security: [8, 'security or theft'],
  outage: [8, 'essential service lost'],
  locked_out: [5, 'nobody can get in'],
  connectivity: [4.5, 'no connection'],
  defect: [3, 'something is broken'],
  discomfort: [2, 'discomfort'],
  money: [4, 'money at stake'],
  billing: [1.5, 'billing'],
  time_pressure: [4, 'time pressure', 'soft'],
  today: [1, 'needed soon', 'soft'],
  many_affected: [3, 'many affected'],
  vulnerable: [3, 'somebody vulnerable'],
  blocked: [2.5, 'work is blocked'],
  threat: [5, 'wants a person or threatens steps'],
  frustration: [2, 'frustration'],
  service: [1.5, 'service request'],
  schedule: [1.5, 'a date to arrange'],
  question: [0.5, 'a question'],
  praise: [-2, 'praise', 'soft'],
  thanks: [-0.25, 'thanks', 'soft'],
  suggestion: [-2, 'minor or a suggestion', 'soft'],
  calm: [-4, 'no hurry', 'soft'],
  resolved: [0, 'already resolved', 'soft'],
  spam: [-2, 'advertising'],
}

export const SIGNALS: Signal[] = Object.entries(weights).map(([key, [weight, label, soft]]) => {
  const name = key as SignalName
  return {
    name,
    weight,
    label,
    soft: soft === 'soft',
    phrases: compilePhrases(`${ENGLISH[name]}\n${PORTUGUESE[name]}`),
  }
})

export const HARMLESS = compilePhrases(`${ENGLISH_HARMLESS}\n${PORTUGUESE_HARMLESS}`)

/** Says whether something broken is a thing of the building or of software: another team mends it. */
export const SOFTWARE = compilePhrases(`
  app, apps, application, website, web ?site, web page, page, pages, site, software, login, log in, sign in, account, export*, import*, report*, api, button, upload*, download*, csv, pdf, dashboard, browser, chrome, safari, android, iphone, ios, windows, update, server*, database, email*, e mail*, password, sync*, integration*, webhook*, plugin, screen freezes, checkout, cart, search, form, file, files, spreadsheet, laptop, printer, vpn, video call*, calls, keyboard*, mouse, monitor*, wallet, transaction, notification*, error (code|message), backup*, crm, erp, bot, link, links,
  aplicacao, aplicativo, programa, sistema, pagina, paginas, conta, relatorio*, botao, ficheiro*, arquivo*, servidor*, base de dados, banco de dados, senha, palavra passe, navegador, computador, portatil, impressora, telemovel, celular, carrinho, notificac*, formulario`)
