import { Plus, X } from 'lucide-react'
import { text } from '../text.ts'
import { policyText } from '../text-policies.ts'
import { Button } from '../ui/button.tsx'
import { optionsOf, SelectField, TextArea, TextField } from '../ui/field.tsx'
import {
  type ConditionDraft,
  emptyCondition,
  OPERATORS_WITHOUT_VALUE,
  type PolicyDraft,
} from './policy-draft.ts'

type FieldsProps = {
  draft: PolicyDraft
  onChange: (draft: PolicyDraft) => void
  /** What is wrong, by the path of the member. */
  faults: ReadonlyMap<string, string>
}

const words = policyText.policy

/** The members of a policy as a form. */
export function PolicyFields({ draft, onChange, faults }: FieldsProps) {
  const set = (change: Partial<PolicyDraft>) => onChange({ ...draft, ...change })
  const isNarrow = draft.scope !== 'global' && draft.scope !== 'tenant'
  return (
    <div className="space-y-3">
      <TextField
        label={words.name}
        value={draft.name}
        fault={faults.get('name')}
        onChange={(event) => set({ name: event.target.value })}
      />
      <TextArea
        label={words.description}
        value={draft.description}
        fault={faults.get('description')}
        onChange={(event) => set({ description: event.target.value })}
      />
      <div className="grid gap-3 rail:grid-cols-2">
        <SelectField
          label={words.effect}
          value={draft.effect}
          fault={faults.get('effect')}
          options={optionsOf(policyText.policies.effect)}
          onChange={(event) => set({ effect: event.target.value as PolicyDraft['effect'] })}
        />
        <TextField
          label={words.priority}
          inputMode="numeric"
          hint={words.priorityHint}
          value={draft.priority}
          fault={faults.get('priority')}
          onChange={(event) => set({ priority: event.target.value })}
        />
        <SelectField
          label={words.scope}
          value={draft.scope}
          fault={faults.get('scope')}
          options={optionsOf(policyText.policies.scope)}
          onChange={(event) => set({ scope: event.target.value as PolicyDraft['scope'] })}
        />
        {isNarrow && (
          <TextField
            label={words.scopeId(draft.scope)}
            value={draft.scope_id}
            fault={faults.get('scope_id')}
            onChange={(event) => set({ scope_id: event.target.value })}
          />
        )}
      </div>
      <fieldset className="space-y-3">
        <legend className="mb-2 text-13 font-semibold">{words.conditions}</legend>
        <SelectField
          label={words.logic}
          value={draft.logic}
          options={optionsOf(words.logics)}
          onChange={(event) => set({ logic: event.target.value as PolicyDraft['logic'] })}
        />
        {draft.conditions.map((condition, index) => (
          <ConditionFields
            key={condition.key}
            condition={condition}
            position={index}
            faults={faults}
            onChange={(next) => set({ conditions: draft.conditions.with(index, next) })}
            onRemove={() => set({ conditions: draft.conditions.toSpliced(index, 1) })}
          />
        ))}
        {faults.get('rule_expr.conditions') && (
          <p className="text-12 text-stop">{faults.get('rule_expr.conditions')}</p>
        )}
        <Button icon={Plus} onClick={() => set({ conditions: [...draft.conditions, emptyCondition()] })}>
          {words.addCondition}
        </Button>
      </fieldset>
      {draft.effect === 'require_approval' && <ApprovalFields draft={draft} set={set} faults={faults} />}
      {draft.effect === 'modify' && <LimitFields draft={draft} set={set} faults={faults} />}
      <div className="grid gap-3 rail:grid-cols-2">
        <SelectField
          label={words.mode}
          value={draft.mode}
          options={optionsOf(words.modes)}
          onChange={(event) => set({ mode: event.target.value as PolicyDraft['mode'] })}
        />
        <TextField
          label={words.reasonCode}
          hint={words.reasonCodeHint}
          value={draft.reason_code}
          fault={faults.get('reason_code')}
          onChange={(event) => set({ reason_code: event.target.value })}
        />
      </div>
      <Check label={words.enabled} checked={draft.enabled} onChange={(enabled) => set({ enabled })} />
    </div>
  )
}

type ConditionProps = {
  condition: ConditionDraft
  position: number
  faults: ReadonlyMap<string, string>
  onChange: (condition: ConditionDraft) => void
  onRemove: () => void
}

function ConditionFields({ condition, position, faults, onChange, onRemove }: ConditionProps) {
  const path = `rule_expr.conditions.${position}`
  const { operator } = condition
  return (
    <fieldset className="rounded-md border border-line p-3">
      <legend className="sr-only">{words.condition(position + 1)}</legend>
      <div className="grid gap-3 rail:grid-cols-[minmax(0,3fr)_minmax(0,2fr)_minmax(0,3fr)_auto]">
        <TextField
          label={words.field}
          value={condition.field}
          spellCheck={false}
          fault={faults.get(`${path}.field`) ?? faults.get(path)}
          onChange={(event) => onChange({ ...condition, field: event.target.value })}
        />
        <SelectField
          label={words.operator}
          value={operator}
          fault={faults.get(`${path}.operator`)}
          options={optionsOf(text.card.rule.operator)}
          onChange={(event) =>
            onChange({ ...condition, operator: event.target.value as ConditionDraft['operator'] })
          }
        />
        {OPERATORS_WITHOUT_VALUE.includes(operator) ? (
          <span />
        ) : (
          <TextField
            label={words.value}
            value={condition.value}
            spellCheck={false}
            hint={position === 0 ? words.valueHint : undefined}
            fault={faults.get(`${path}.value`)}
            onChange={(event) => onChange({ ...condition, value: event.target.value })}
          />
        )}
        <button
          type="button"
          aria-label={words.removeCondition(position + 1)}
          onClick={onRemove}
          className="flex size-9 items-center justify-center self-start rounded-md text-muted hover:text-text rail:mt-6"
        >
          <X size={16} aria-hidden="true" />
        </button>
      </div>
    </fieldset>
  )
}

type PartProps = Omit<FieldsProps, 'onChange'> & { set: (change: Partial<PolicyDraft>) => void }

function ApprovalFields({ draft: { approval }, set, faults }: PartProps) {
  const number = (member: 'required_approvals' | 'expires_in_seconds', label: string) => (
    <TextField
      label={label}
      inputMode="numeric"
      value={approval[member]}
      fault={faults.get(`rule_expr.approval.${member}`)}
      onChange={(event) => set({ approval: { ...approval, [member]: event.target.value } })}
    />
  )
  return (
    <fieldset className="space-y-3">
      <legend className="mb-2 text-13 font-semibold">{words.approval}</legend>
      <div className="grid gap-3 rail:grid-cols-2">
        {number('required_approvals', words.required)}
        {number('expires_in_seconds', words.expires)}
      </div>
      <SelectField
        label={words.proof}
        value={approval.require_fresh_authentication}
        fault={faults.get('rule_expr.approval.require_fresh_authentication')}
        options={optionsOf(words.proofs)}
        onChange={(event) => {
          const wanted = event.target.value as PolicyDraft['approval']['require_fresh_authentication']
          set({ approval: { ...approval, require_fresh_authentication: wanted } })
        }}
      />
      <Check
        label={words.forbidSelf}
        checked={approval.forbid_self_approval}
        onChange={(checked) => set({ approval: { ...approval, forbid_self_approval: checked } })}
      />
      {faults.get('rule_expr.approval') && (
        <p className="text-12 text-stop">{faults.get('rule_expr.approval')}</p>
      )}
    </fieldset>
  )
}

function LimitFields({ draft: { modify }, set, faults }: PartProps) {
  const number = (member: 'cost_limit_cents' | 'llm_calls_limit' | 'latency_slo_ms', label: string) => (
    <TextField
      label={label}
      inputMode="numeric"
      value={modify[member]}
      fault={faults.get(`rule_expr.modify.${member}`)}
      onChange={(event) => set({ modify: { ...modify, [member]: event.target.value } })}
    />
  )
  return (
    <fieldset className="space-y-3">
      <legend className="mb-2 text-13 font-semibold">{words.modify}</legend>
      <div className="grid gap-3 rail:grid-cols-2">
        <SelectField
          label={words.modifyMode}
          value={modify.mode}
          options={[
            { value: '', says: words.anyMode },
            { value: 'draft', says: 'draft' },
            { value: 'auto', says: 'auto' },
          ]}
          onChange={(event) =>
            set({ modify: { ...modify, mode: event.target.value as PolicyDraft['modify']['mode'] } })
          }
        />
        {number('llm_calls_limit', words.calls)}
        {number('cost_limit_cents', words.cost)}
        {number('latency_slo_ms', words.latency)}
      </div>
      {faults.get('rule_expr.modify') && (
        <p className="text-12 text-stop">{faults.get('rule_expr.modify')}</p>
      )}
    </fieldset>
  )
}

type CheckProps = { label: string; checked: boolean; onChange: (checked: boolean) => void }

function Check({ label, checked, onChange }: CheckProps) {
  return (
    <label className="flex min-h-9 w-fit items-center gap-2 text-14">
      <input
        type="checkbox"
        checked={checked}
        onChange={(event) => onChange(event.target.checked)}
        className="size-4 accent-accent"
      />
      {label}
    </label>
  )
}
