import { useMemo, useState } from 'react'
import { text } from '../text.ts'
import { type Draft, type Fault, fitsForm, makeDraft, placeFaults, readDraft, readJson } from './draft.ts'
import { type Field, type Json, readSchema } from './read-schema.ts'

export type InputForm = {
  field: Field
  /** `form`: the fields of the schema. `json`: the whole value as text. */
  way: 'form' | 'json'
  /** Whether there are fields at all. */
  hasFields: boolean
  draft: Draft
  json: string
  faults: ReadonlyMap<string, string>
  change: (draft: Draft) => void
  changeJson: (json: string) => void
  switchTo: (way: 'form' | 'json') => void
  /** The value, or undefined when something is wrong, which is then told at its field. */
  read: () => Json | undefined
  /** Takes the faults that the server found; answers those that have no field. */
  showFaults: (faults: Fault[]) => Fault[]
}

/** Where the input stands in the paths of faults. */
const ROOT = 'input'

/** What a run is given: as a form where the schema makes one, as JSON otherwise or when asked for. */
export function useInputForm(schema: unknown, given?: Json): InputForm {
  const field = useMemo(() => readSchema(schema, ROOT), [schema])
  const hasFields = field.kind === 'group'
  const [way, setWay] = useState<'form' | 'json'>(() =>
    hasFields && (given === undefined || fitsForm(field, given)) ? 'form' : 'json',
  )
  const [draft, setDraft] = useState<Draft>(() => makeDraft(field, given))
  const [json, setJson] = useState(() => (given === undefined ? '{}' : JSON.stringify(given, null, 2)))
  const [faults, setFaults] = useState<ReadonlyMap<string, string>>(new Map())

  const tellAll = (found: Fault[]) => setFaults(new Map(found.map(({ path, message }) => [path, message])))
  const read = (): Json | undefined => {
    const { value, faults: found } =
      way === 'json' ? readJson(json, ROOT) : readDraft(field, draft, true, ROOT)
    tellAll(found)
    return found.length > 0 ? undefined : value
  }
  return {
    field,
    way,
    hasFields,
    draft,
    json,
    faults,
    change: setDraft,
    changeJson: setJson,
    switchTo(next) {
      if (next === 'json') {
        // Half a form is half a value: nothing typed is lost by looking at it as JSON.
        setJson(JSON.stringify(readDraft(field, draft, true, ROOT).value ?? {}, null, 2))
        setFaults(new Map())
        setWay('json')
        return
      }
      const value = read()
      if (value === undefined) return
      if (!fitsForm(field, value)) return tellAll([{ path: ROOT, message: text.form.notInForm }])
      setDraft(makeDraft(field, value))
      setWay('form')
    },
    read,
    showFaults(found) {
      if (way === 'json') {
        const inside = found.filter(({ path }) => path === ROOT || path.startsWith(`${ROOT}.`))
        const told = inside.map(({ path, message }) => (path === ROOT ? message : `${path}: ${message}`))
        setFaults(new Map(told.length > 0 ? [[ROOT, told.join('; ')]] : []))
        return found.filter((fault) => !inside.includes(fault))
      }
      const { placed, rest } = placeFaults(field, draft, ROOT, found)
      setFaults(placed)
      return rest
    },
  }
}
