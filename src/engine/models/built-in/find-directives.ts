import { compilePhrases, findPhrases, type Match, quoteWords, type ReadText, readText } from './read-text.ts'

/**
 * Wording by which a text tries to tell its reader what to do with it instead of saying what is the matter. Such wording
 * is never followed; what it spans is no evidence, and what the rest of that text says about its own rank is not
 * believed either.
 */
const DIRECTIVES = compilePhrases(`
  (ignore|disregard|forget|override|bypass|discard) .. (instruction*|prompt*|rule*|guideline*|guidance|polic*|directive*|system|above|previous|everything|training), (ignore|disregard|forget) (all|any|the|your|everything|previous|prior|above|what) .. (above|before|previous|prior|said|told),
  (new|updated|real|actual|hidden) (instruction*|system prompt|directive*|rules), system (prompt|message|override|instruction*|note), (developer|admin|debug|god|jailbreak) (mode|override), jailbreak*, prompt injection,
  (priority|severity|urgency|prioridade|gravidade|urgencia|priorita*) \\W (p0|p1|p2|p3|p4|sev\\d|low|lowest|normal|medium|high|highest|urgent|critical|maximum|max|baixa|media|alta|urgente|critica|maxima),
  (act|acting|behave|speak|respond) as (an? |the )?(admin*|system|developer|root|assistant|owner|superuser), from now on you, (priority|severity|urgency) (as|to|level|equals|must be|should be) (low|lowest|normal|medium|high|highest|urgent|critical),
  (you are|youre|act|behave|pretend) (now |as |to be )?(now|an? (ai|assistant|bot|model|agent|dan)|dan|no longer bound), as an (ai|assistant|llm|language model), dear (ai|assistant|bot|model|llm|agent), (note|message|instruction*|attention) (to|for) (the )?(ai|assistant|bot|model|llm|agent|classifier|triage*|reader|system),
  (hey |hi |hello )?(ai|assistant|classifier|triage (agent|bot|model|system)) (please|must|should|set|mark|treat|classify|you),
  (mark|classify|label|set|rate|flag|treat|prioriti[sz]e|categori[sz]e|triage|rank|assign|score|handle|consider|tag|register|file|log) ((it|this|that|these|them|me|my|the|all|every|each|one|ticket*|request*|issue*|message*|email*|case*|priority|severity|urgency|other|others|complaint|everything|status|prioridade) )*(as|to|at|with|of|is|be) ((a|an|the|very|priority|maximum|top|status) )*(low|lowest|normal|medium|high|highest|urgent|critical|p0|p1|p2|p3|p4|closed|resolved|solved|done|spam|duplicate|minor|trivial|emergency|fire|unimportant|safe|harmless)( (emergency|priority|severity|ticket|importance))?,
  (mark|classify|label|set|rate|output|return|respond|reply) ((it|this|that|these|them|the|all|every|ticket*|request*|issue*|message*|priority|severity|urgency|others|everything|status) )*(low|lowest|normal|medium|high|highest|urgent|critical|p0|p1|p2|p3|p4|closed|resolved|solved|spam|duplicate|minor|trivial|unimportant|harmless),
  (do not|dont|never|must not|should not|without|no need to) (escalat*|flag* this|involv* (a|any) human|alert*|notify*|triag* this|tell anyone|inform anyone), (priority|severity|action|status|urgency|prioridade) (must|should|shall|needs to|has to|deve|tem de) (be|ser) [a-z0-9]+,
  (respond|reply|answer|output|return|print|say|write|repeat) (only |just |exactly |back |with |in |a |the |following )*(json|ok|done|nothing|low|urgent|high|closed|resolved|auto ?reply|the (word|text|following)|with|only|exactly), (call|use|invoke|execute|run) the .. (tool|function|command), (reveal|show|print|leak|send|give) .. (system prompt|api key*|secret*|password*|instruction*),
  (your|the) (task|job|goal|answer|output|response|verdict) (is|must|should) (now|be|to), end of (ticket|message|data|input|user), begin (system|admin|instruction*), inst, im (start|end), endoftext,
  (ignor[ae]|ignorem|ignorar|esqueca|esquece|desconsider[ae]|desconsiderar) .. (instruc*|regra*|ordens|anterior*|acima|tudo|prompt), (nov[ao]s?) (instruc*|ordens|regras), (mensagem|instrucao|nota|aviso) (do|de|para o|para a|ao) (sistema|assistente|modelo|ia|agente|classificador|robo),
  (es|voce e|tu es|atua como|aja como|finge|finja) (agora )?(um|uma|que) (assistente|ia|modelo|robo|agente|administrador), (caro|cara|ola|querid[ao]) (assistente|modelo|ia|agente|robo|bot),
  (marca|marque|marcar|classifica|classifique|classificar|define|defina|definir|trata|trate|tratar|considera|considere|coloca|coloque|atribui|atribua|regista|registe|registre|rotula|rotule) ((isto|isso|este|esta|o|a|os|as|todos|pedido|pedidos|mensagem|ticket*|chamado*|prioridade) )*(como|para|com|em|de) ((a|o|um|uma|prioridade|muito) )*(baix[ao]|normal|medi[ao]|alt[ao]|urgente|critic[ao]|fechad[oa]s?|resolvid[oa]s?|spam|duplicad[oa]|emergencia|incendio|concluid[oa])( prioridade)?,
  (choose|pick|select|take|use|go with|return|output) .. (route|option|branch|category|label|path|answer|choice)( id)? (called |named |is |to )?[a-z0-9_]+ (regardless|no matter|always|instead|now|immediately|only),
  (route|send|forward|direct|assign) (this|it) .. (regardless|no matter what|always|instead), (the|a) (correct|right|only|expected) (route|answer|category|choice|option|label) (is|must be|should be), (always|must) (choose|pick|select|answer|return|route|classify|go),
  (escolhe|escolha|seleciona|selecione|encaminha|encaminhe|envia|envie) .. (rota|opcao|sempre|independentemente), (a|uma) (rota|resposta|categoria|opcao) (certa|correta|e),
  nao (escal[ae]r?|encaminh[ae]r?|escalem|alert[ae]r?|avis[ae]r? ninguem), (responda|responde|devolve|devolva|escreve|escreva|diz|diga) (apenas|so|somente|exatamente|com|em), (chama|chame|usa|use|executa|execute|invoca|invoque) a .. (ferramenta|funcao), (revela|revele|mostra|mostre) .. (prompt|chave*|segredo*|instruc*)`)

/** What an order to a reader begins with; such clauses go too once a text has shown that it gives orders. */
const ORDERS =
  /^(please |just |now |then |and |instead |e |agora )*(choose|pick|select|route|send|forward|answer|reply|respond|output|return|print|say|set|use|call|mark|assign|classify|approve|reject|label|treat|write|give|go|follow|obey|escolhe|escolha|seleciona|selecione|encaminha|encaminhe|envia|envie|responde|responda|devolve|devolva|usa|use|aprova|aprove|marca|marque|classifica|classifique|diz|diga|segue|siga)(?= |$)/

/** What a text calls itself when it rates itself: believed of a reporter, not of a text that also gives orders. */
const RATES_ITSELF =
  /(?:^| )(ticket|tickets|request|requests|issue|case|message|priority|severity|urgency|pedido|pedidos|chamado|mensagem|prioridade|urgencia)(?= |$)/

/** A clause that is nothing but an order to choose, with nobody's matter in it. */
const ONLY_CHOOSES =
  /^(?:please |just |always )?(?:choose|pick(?! up)|select|go with|route (?:this |it )?to|classify (?:this |it )?as|escolhe|escolha|seleciona|selecione) (?:the |a |o )?[a-z0-9]+(?: [a-z0-9]+)?(?: [.?,])?$/

type Stretch = { first: number; last: number; line: string }

/** The stretches of a text between certain marks. */
function splitAt(text: ReadText, mark: RegExp): Stretch[] {
  const stretches: Stretch[] = []
  for (let first = 0; first < text.words.length; ) {
    let last = first
    while (last + 1 < text.words.length && !mark.test(text.words[last]!.text)) last++
    const words = text.words.slice(first, last + 1).map((word) => word.text)
    stretches.push({ first, last, line: words.join(' ') })
    first = last + 1
  }
  return stretches
}

const holds = ({ first, last }: Stretch, matches: Match[]) =>
  matches.some((match) => match.first <= last && match.last >= first)

/** The text without the clauses that give orders to its reader. */
export function dropDirectives(source: string): string {
  const text = readText(source)
  const directives = findDirectives(text)
  const clauses = splitAt(text, /^[.?,]$/)
  if (directives.length === 0 && !clauses.some(({ line }) => ONLY_CHOOSES.test(line))) return source
  const isOrder = (clause: Stretch | undefined) =>
    clause !== undefined &&
    (holds(clause, directives) ||
      ONLY_CHOOSES.test(clause.line) ||
      (directives.length > 0 && ORDERS.test(clause.line)))
  // What follows a colon is what the order says.
  const isOrdered = (index: number) => {
    const before = clauses[index - 1]
    return before !== undefined && isOrder(before) && text.source[text.words[before.last]!.start] === ':'
  }
  return clauses
    .filter((clause, index) => !isOrder(clause) && !isOrdered(index))
    .map(({ first, last }) => quoteWords(text, first, last))
    .join(' ')
}

/** Sentences whose word on their own rank does not count, because they, or others around them, give orders. */
export function findDistrusted(text: ReadText, directives: Match[]): { first: number; last: number }[] {
  if (directives.length === 0) return []
  return splitAt(text, /^[.?]$/).filter(
    (sentence) =>
      holds(sentence, directives) || ORDERS.test(sentence.line) || RATES_ITSELF.test(sentence.line),
  )
}

export function findDirectives(text: ReadText): Match[] {
  return findPhrases(text, DIRECTIVES)
}
