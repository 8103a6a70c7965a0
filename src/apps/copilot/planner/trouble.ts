import type { UnplacedReason } from './schema.ts'

const words = (text: string) => text.split(' ')

/** Of `don't` people also write `dont` and `don’t`. */
const contracted = (text: string) =>
  words(text).flatMap((word) => [word, word.replace("'", '’'), word.replace("'", '')])

/** Words that change what a sentence means, and that no plan of one action can carry. The first that holds names the question. */
const KINDS: [Exclude<UnplacedReason, 'quote' | 'said_twice' | 'unknown_word'>, string[]][] = [
  [
    'instruction',
    words(
      'ignore disregard forget override bypass system assistant developer prompt instruction instructions previous approver reviewer approved admin pretend ignorar',
    ),
  ],
  [
    'negation',
    [
      ...contracted(
        "don't doesn't didn't can't couldn't won't wouldn't shouldn't mustn't mightn't needn't isn't aren't wasn't weren't haven't hasn't hadn't ain't",
      ),
      ...words(
        'not no nope nah never without except excepting excluding besides cannot stop cancel abort avoid neither nor but dnt hardly scarcely barely rarely seldom',
      ),
      ...words(
        'refrain refraining refuse refusing decline deny denying reject forbid forbidden prevent prevents abstain desist hate dislike unwilling',
      ),
      ...words(
        'não nao nunca jamais nem sem exceto tampouco nenhum nenhuma evite evitar evita recuse recusar recusa recuso negue negar nega nego rejeite rejeitar rejeita pare parar cancele cancelar cancela impeça proibido',
      ),
    ],
  ],
  [
    'condition',
    [
      ...words(
        'if when whenever unless once until till after before while below above under over reaches hits drops falls rises price limit provided providing',
      ),
      ...words(
        'assume assumes assuming suppose supposing presuming contingent conditional depends depending subject whether lest otherwise unlike exceeds',
      ),
      ...words(
        'se quando depois antes caso enquanto supondo presumindo dependendo depender contanto conforme salvo senão senao',
      ),
    ],
  ],
  [
    'schedule',
    [
      ...words(
        'every each daily weekly monthly yearly hourly tomorrow tonight later today yesterday soon eventually sometime someday noon midnight day days week weeks month months',
      ),
      ...words(
        'monday tuesday wednesday thursday friday saturday sunday minute minutes hour hours twice thrice times repeat repeated repeatedly recurring',
      ),
      ...words(
        'amanhã amanha ontem hoje cada diariamente semanalmente mensalmente minuto minutos hora horas vez vezes repita repetir novamente',
      ),
    ],
  ],
  [
    'second_action',
    words('and then also plus afterwards next & + e bridge stake lend borrow deposit withdraw mint'),
  ],
  [
    'approximate',
    words(
      '~ about around roughly approximately approx almost nearly circa some few up least most minimum min max maximum minus less worth cerca aproximadamente quase',
    ),
  ],
  ['choice', words('or either maybe perhaps possibly ou talvez')],
]

export const TROUBLE: ReadonlyMap<string, UnplacedReason> = new Map(
  KINDS.flatMap(([reason, of]) => of.map((word) => [word, reason] as const)).reverse(),
)
