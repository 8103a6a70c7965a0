import { CircleCheck, CircleX, Gauge, Hand, type LucideIcon } from 'lucide-react'
import type { PolicyEffect } from '../../kernel/policy/schema.ts'
import { policyText } from '../text-policies.ts'
import { Mark, type Tone } from '../ui/note.tsx'

const LOOK: Record<PolicyEffect, { tone: Tone; icon: LucideIcon }> = {
  allow: { tone: 'ok', icon: CircleCheck },
  require_approval: { tone: 'wait', icon: Hand },
  deny: { tone: 'stop', icon: CircleX },
  modify: { tone: 'muted', icon: Gauge },
}

export function EffectMark({ effect }: { effect: PolicyEffect }) {
  return <Mark {...LOOK[effect]}>{policyText.policies.effect[effect]}</Mark>
}
