import * as effectEslint from "@effect/eslint-plugin"
import { builtinModules } from "node:module"
import tseslint from "typescript-eslint"

const sources = ["packages/*/src/**/*.ts"]

/** Packages that run in a browser or on the edge as well as on Node. */
const portableSources = [
  "schema",
  "http",
  "control-plane",
  "data-plane",
  "inference",
  "assistant",
  "admin",
  "parquet",
  "arrow",
  "pinecone"
]
  .map((name) => `packages/${name}/src/**/*.ts`)

const noSpreadInPush = {
  selector: "CallExpression[callee.property.name='push'] > SpreadElement.arguments",
  message: "A long array overflows the stack here: push its elements one by one."
}

const noThrow = {
  selector: "ThrowStatement",
  message: "Errors go through the error channel. Where a throw is right, disable this rule and say why."
}

const noCast = {
  selector: ":matches(TSAsExpression, TSTypeAssertion):not([typeAnnotation.typeName.name='const'])",
  message: "Find a guard, a better type or a Schema. Where a cast is right, disable this rule and say why."
}

/** A barrel import loads every module of the package. */
const barrels = ["effect", "@effect/platform", "@effect/platform-node"].map((name) => ({
  name,
  message: `Import the module itself, as in: import * as Module from "${name}/Module"`
}))

const nodeModules = builtinModules
  .filter((name) => !name.startsWith("_"))
  .map((name) => ({ name, message: "This package runs outside Node too." }))

export default tseslint.config(
  {
    ignores: [
      "**/dist/**",
      "**/node_modules/**",
      "**/coverage/**",
      "**/fixtures/**",
      "**/data/**",
      "scratchpad/**"
    ]
  },
  {
    files: ["**/*.{ts,mts,js,mjs}"],
    extends: [tseslint.configs.recommended, effectEslint.configs.dprint],
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: {
      "no-constant-binary-expression": "error",
      "no-debugger": "error",
      "no-duplicate-imports": ["error", { allowSeparateTypeImports: true }],
      "no-self-compare": "error",
      "no-unreachable-loop": "error",
      "no-unsafe-finally": "error",
      "no-useless-rename": "error",
      "object-shorthand": "error",
      "no-restricted-syntax": ["error", noSpreadInPush],

      "@typescript-eslint/array-type": ["error", { default: "generic", readonly: "generic" }],
      "@typescript-eslint/consistent-type-imports": ["error", { disallowTypeAnnotations: false }],
      "@typescript-eslint/no-import-type-side-effects": "error",
      "@typescript-eslint/no-empty-object-type": "off",
      "@typescript-eslint/no-explicit-any": "off",
      "@typescript-eslint/no-namespace": "off",
      "@typescript-eslint/no-unsafe-function-type": "off",
      "@typescript-eslint/no-unused-vars": [
        "error",
        { argsIgnorePattern: "^_", varsIgnorePattern: "^_", caughtErrorsIgnorePattern: "^_" }
      ],

      "@effect/dprint": [
        "error",
        {
          config: {
            indentWidth: 2,
            lineWidth: 120,
            semiColons: "asi",
            quoteStyle: "alwaysDouble",
            trailingCommas: "never",
            operatorPosition: "maintain",
            "arrowFunction.useParentheses": "force"
          }
        }
      ]
    }
  },
  {
    files: sources,
    rules: {
      "no-console": "error",
      "no-restricted-syntax": ["error", noSpreadInPush, noThrow, noCast],
      "no-restricted-imports": ["error", { paths: barrels }]
    }
  },
  {
    files: portableSources,
    rules: {
      "no-restricted-imports": [
        "error",
        {
          paths: [...barrels, ...nodeModules],
          patterns: [{ regex: "^node:", message: "This package runs outside Node too." }]
        }
      ]
    }
  }
)
