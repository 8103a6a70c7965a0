/** What a run of this definition is given, as JSON Schema; undefined where it does not say. */
export function readInputSchema(definition: unknown): unknown {
  if (typeof definition !== 'object' || definition === null || !('input_schema' in definition))
    return undefined
  return definition.input_schema
}
