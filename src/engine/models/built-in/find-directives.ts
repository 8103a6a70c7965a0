import { compilePhrases, findPhrases, type Match, quoteWords, type ReadText, readText } from './read-text.ts'

/**
 * Wording by which a text tries to tell its reader what to do with it instead of saying what is the matter. Such wording
 * is never followed; what it spans is no evidence, and what the rest of that text says about its own rank is not
 * believed either.
 */
const DIRECTIVES = compilePhrases(`
  (ignore|disregard|forget|override|bypass|discard) .. (instruction*|prompt*|rule*|guideline*|guidance|polic*|directive*|system|above|previous|everything|training), (ignore|disregard|forget) (all|any|the|your|everything|previous|prior|above|what) .. (above|before|previous|prior|said|told),
  (new|updated|real|actual|hidden) (instruction*|system prompt|directive*|rules), system (prompt|message|override|instruction*|note), (developer|admin|debug|god|jailbreak) (mode|override), jailbreak*, prompt injection,
  (you are|youre|act|behave|pretend) (now |as |to be )?(now|an? (ai|assistant|bot|model|agent|dan)|dan|no longer bound), as an (ai|assistant|llm|language model), dear (ai|assistant|bot|model|llm|agent), (note|message|instruction*|attention) (to|for) (the )?(ai|assistant|bot|model|llm|agent|classifier|triage*|reader|system),
  (hey |hi |hello )?(ai|assistant|classifier|triage (agent|bot|model|system)) (please|must|should|set|mark|treat|classify|you),
  (mark|classify|label|set|rate|flag|treat|prioriti[sz]e|categori[sz]e|triage|rank|assign|score|handle|consider|tag|register|file|log) (it |this |that |these |them |me |my |the |all |every |this one |priority |prioridade )*(ticket*|request*|issue*|message*|email|case*|priority|severity|urgency|others?|complaint|everything)?( priority| severity| urgency)?( (as|to|at|with|of|is))( (a|an|the|very|priority|maximum|top))?( (low|lowest|normal|medium|high|highest|urgent|critical|p0|p1|p2|p3|p4|closed|resolved|solved|done|spam|duplicate|minor|trivial|emergency|fire|unimportant|safe|harmless))( (emergency|priority|severity|ticket|importance))?,
  (do not|dont|never|must not|should not|without|no need to) (escalat*|flag* this|involv* (a|any) human|alert*|notify*|triag* this|tell anyone|inform anyone), (priority|severity|action|status|urgency|prioridade) (must|should|shall|needs to|has to|deve|tem de) (be|ser) [a-z0-9]+,
  (respond|reply|answer|output|return|print|say|write|repeat) (only |just |exactly |back |with |in |a |the |following )*(json|ok|done|nothing|low|urgent|high|closed|resolved|auto ?reply|the (word|text|following)|with|only|exactly), (call|use|invoke|execute|run) the .. (tool|function|command), (reveal|show|print|leak|send|give) .. (system prompt|api key*|secret*|password*|instruction*),
  (your|the) (task|job|goal|answer|output|response|verdict) (is|must|should) (now|be|to), end of (ticket|message|data|input|user), begin (system|admin|instruction*), inst, im (start|end), endoftext,
  (ignor[ae]|ignorem|ignorar|esqueca|esquece|desconsider[ae]|desconsiderar) .. (instruc*|regra*|ordens|anterior*|acima|tudo|prompt), (nov[ao]s?) (instruc*|ordens|regras), (mensagem|instrucao|nota|aviso) (do|de|para o|para a|ao) (sistema|assistente|modelo|ia|agente|classificador|robo),
  (es|voce e|tu es|atua como|aja como|finge|finja) (agora )?(um|uma|que) (assistente|ia|modelo|robo|agente|administrador), (caro|cara|ola|querid[ao]) (assistente|modelo|ia|agente|robo|bot),
  (marca|marque|marcar|classifica|classifique|classificar|define|defina|definir|trata|trate|tratar|considera|considere|coloca|coloque|atribui|atribua|regista|registe|registre|rotula|rotule) (isto |isso |este |esta |o |a |este pedido |esta mensagem |pedido |ticket |chamado |prioridade |a prioridade )*(como|para|com|em|de)( (a|o|um|uma|prioridade|muito))*( (baix[ao]|normal|medi[ao]|alt[ao]|urgente|critic[ao]|fechad[oa]|resolvid[oa]|spam|duplicad[oa]|emergencia|incendio|concluid[oa]))( prioridade)?,
  (choose|pick|select|take|use|go with|return|output) .. (route|option|branch|category|label|path|answer|choice)*( id)? (called |named |is |to )?[a-z0-9_]+ (regardless|no matter|always|instead|now|immediately|only),
  (route|send|forward|direct|assign) (this|it) .. (regardless|no matter what|always|instead), (the|a) (correct|right|only|expected) (route|answer|category|choice|option|label) (is|must be|should be), (always|must) (choose|pick|select|answer|return|route|classify|go),
  (escolhe|escolha|seleciona|selecione|encaminha|encaminhe|envia|envie) .. (rota|opcao|sempre|independentemente), (a|uma) (rota|resposta|categoria|opcao) (certa|correta|e),
  nao (escal[ae]r?|encaminh[ae]r?|escalem|alert[ae]r?|avis[ae]r? ninguem), (responda|responde|devolve|devolva|escreve|escreva|diz|diga) (apenas|so|somente|exatamente|com|em), (chama|chame|usa|use|executa|execute|invoca|invoque) a .. (ferramenta|funcao), (revela|revele|mostra|mostre) .. (prompt|chave*|segredo*|instruc*)`)

/** What an order to a reader begins with; such clauses go too once a text has shown that it gives orders. */
const ORDERS =
  /^(please |just |now |then |and |instead |e |agora )*(choose|pick|select|route|send|forward|answer|reply|respond|output|return|print|say|set|use|call|mark|assign|classify|approve|reject|label|treat|write|give|go|follow|obey|escolhe|escolha|seleciona|selecione|encaminha|encaminhe|envia|envie|responde|responda|devolve|devolva|usa|use|aprova|aprove|marca|marque|classifica|classifique|diz|diga|segue|siga)(?= |$)/

/** The text without the clauses that give orders to its reader. */
export function dropDirectives(source: string): string {
  const text = readText(source)
  const directives = findDirectives(text)
  if (directives.length === 0) return source
  const kept: string[] = []
  for (let first = 0; first < text.words.length; ) {
    let last = first
    while (last + 1 < text.words.length && !/^[.?,]$/.test(text.words[last]!.text)) last++
    const line = text.words
      .slice(first, last + 1)
      .map((word) => word.text)
      .join(' ')
    const ordered = directives.some((match) => match.first <= last && match.last >= first)
    if (!ordered && !ORDERS.test(line)) kept.push(quoteWords(text, first, last))
    first = last + 1
  }
  return kept.join(' ')
}

export function findDirectives(text: ReadText): Match[] {
  return findPhrases(text, DIRECTIVES)
}
