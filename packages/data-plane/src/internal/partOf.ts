import * as Option from "effect/Option"
import * as SchemaAST from "effect/SchemaAST"

const optional = ({ annotations, isReadonly, name, type }: SchemaAST.PropertySignature) =>
  new SchemaAST.PropertySignature(name, type, true, isReadonly, annotations)

const isClass = (ast: SchemaAST.AST): Option.Option<SchemaAST.AST> =>
  SchemaAST.getAnnotation<SchemaAST.AST>(ast, SchemaAST.SurrogateAnnotationId)

/** A field that is not in the part stays as it is, also where the Schema would write something for it. */
const given = (
  { decode, encode, from, to }: SchemaAST.PropertySignatureTransformation
) =>
  new SchemaAST.PropertySignatureTransformation(
    from,
    to,
    decode,
    (value) => Option.isNone(value) ? Option.none() : encode(value)
  )

/**
 * The Schema of a part of an object: all its fields may be left out; of a union, a part of one of its members. What is
 * transformed as a whole, or checked in a way that is not known, has no parts but itself.
 */
export const partOf = (ast: SchemaAST.AST): SchemaAST.AST => {
  const surrogate = isClass(ast)
  if (Option.isSome(surrogate)) return partOf(surrogate.value)
  switch (ast._tag) {
    case "TypeLiteral":
      return new SchemaAST.TypeLiteral(ast.propertySignatures.map(optional), ast.indexSignatures)
    case "Union":
      return SchemaAST.Union.make(ast.types.map(partOf))
    case "Suspend":
      return partOf(ast.f())
    case "Refinement":
      return partOf(ast.from)
    case "Transformation": {
      const { from, to, transformation } = ast
      switch (transformation._tag) {
        case "FinalTransformation":
          return ast
        case "ComposeTransformation":
          return new SchemaAST.Transformation(partOf(from), partOf(to), transformation)
        case "TypeLiteralTransformation":
          return new SchemaAST.Transformation(
            partOf(from),
            partOf(to),
            new SchemaAST.TypeLiteralTransformation(transformation.propertySignatureTransformations.map(given))
          )
      }
    }
  }
  return ast
}
