import * as effectEslint from "@effect/eslint-plugin"
import { readdirSync } from "node:fs"
import { builtinModules } from "node:module"
import tseslint from "typescript-eslint"

const sources = ["packages/*/src/**/*.ts"]

/** Packages that run in a browser or on the edge as well as on Node. */
const portable = [
  "schema",
  "http",
  "control-plane",
  "data-plane",
  "inference",
  "assistant",
  "admin",
  "parquet",
  "arrow",
  "stores",
  "pinecone"
]

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

/** An `Either` in the declared type of an export: of a function, its parameters, a constant, a field or a method. */
const noPublicEither = {
  selector: ":matches(" + [
    "ExportNamedDeclaration > VariableDeclaration > VariableDeclarator > Identifier > TSTypeAnnotation",
    "ExportNamedDeclaration > VariableDeclaration > VariableDeclarator > ArrowFunctionExpression > .returnType",
    "ExportNamedDeclaration > VariableDeclaration > VariableDeclarator > ArrowFunctionExpression > .params",
    "ExportNamedDeclaration > VariableDeclaration > VariableDeclarator > ArrowFunctionExpression > ArrowFunctionExpression > .returnType",
    "ExportNamedDeclaration > FunctionDeclaration > .returnType",
    "ExportNamedDeclaration > FunctionDeclaration > .params",
    "ExportNamedDeclaration > TSInterfaceDeclaration",
    "ExportNamedDeclaration > TSTypeAliasDeclaration",
    "ExportNamedDeclaration > ClassDeclaration > ClassBody > PropertyDefinition > TSTypeAnnotation",
    "ExportNamedDeclaration > ClassDeclaration > ClassBody > MethodDefinition > FunctionExpression > .returnType"
  ].join(", ") + ") TSTypeReference[typeName.left.name='Either']",
  message: "Give an Effect, or, where it runs for each record, the value or what is wrong with it."
}

/** What another version of Effect writes in another way is in one module of its own: CONTRIBUTING.md names them. */
const wire = "packages/schema/src/internal/wire.ts"
const endpoint = "packages/http/src/internal/endpoint.ts"

const noWire = {
  selector: "MemberExpression[object.name='Schema'][property.name=/^(optionalWith|fromKey|Date(FromString)?)$/]",
  message: `Use what ${wire} makes fields and dates with, or add it there.`
}

const noRenamedOutside = {
  selector: "CallExpression[callee.object.name='Schema'][callee.property.name='Struct'] > ObjectExpression" +
    " > Property > CallExpression[callee.name=/^(as|maybeAs|optionalAs)$/]",
  message: "A field with another name on the wire stands in a `struct` or an `answer`."
}

const noEndpoint = {
  selector: ":matches(ImportDeclaration, ExportNamedDeclaration)[source.value='@effect/platform/HttpApiEndpoint']",
  message: `Declare endpoints with get, post, put, patch and del of ${endpoint}.`
}

/** Names that the next version of Effect does not have, by those that both have. */
const noOldName = {
  selector: "MemberExpression[object.name='Effect']" +
    "[property.name=/^(zipRight|zipLeft|dieMessage|dieSync|tapBoth|contextWithEffect|scopeWith)$/]",
  message:
    "Use andThen for zipRight, tap for zipLeft, die for dieMessage and dieSync, tap and tapError for tapBoth, and " +
    "flatMap of Effect.context or Effect.scope."
}

const restrictedSyntax = [noSpreadInPush, noThrow, noCast, noWire, noRenamedOutside, noEndpoint, noOldName]

/** The same for files that may do some of it. */
const syntaxBut = (files, allowed, ...more) => ({
  files: [files],
  rules: { "no-restricted-syntax": ["error", ...restrictedSyntax.filter((rule) => rule !== allowed), ...more] }
})

/** A barrel import loads every module of the package. */
const barrels = ["effect", "@effect/platform", "@effect/platform-node"].map((name) => ({
  name,
  message: `Import the module itself, as in: import * as Module from "${name}/Module"`
}))

/** What a package that sends requests or serves them is about: the others go through `http`. */
const httpModules = {
  regex: "^@effect/platform/(Http.*|Headers|FetchHttpClient|BrowserHttpClient|OpenApi)$",
  message:
    "Only http, node, grpc, local, local-models, stores and console import the HTTP modules: others use @effect-pinecone/http."
}

/** Packages whose sources may import the HTTP modules of `@effect/platform`. */
const sendOrServe = ["http", "node", "grpc", "local", "local-models", "stores", "console"]

/** What belongs to the fiber that runs, by modules that another version of Effect does not have. */
const fiberModules = {
  regex: "^effect/(FiberRefs?|Runtime|RuntimeFlags)$",
  message: "Use a Context.Reference, or Effect.runtime. CONTRIBUTING.md names the modules that cannot."
}

/** The modules that import them: CONTRIBUTING.md says why. */
const fiberSources = [
  "packages/http/src/PineconeHttpClient.ts",
  "packages/http/src/internal/deadline.ts",
  "packages/http/src/internal/measure.ts",
  "packages/http/src/internal/requests.ts",
  "packages/http/src/internal/runningCall.ts",
  "packages/node/src/internal/client.ts",
  "packages/node/src/internal/streamBody.ts"
]

/** What tests have through a module of their own each. */
const testModules = {
  regex: "^effect/(FastCheck|Arbitrary|TestClock|Supervisor)$",
  message:
    "Import it from scripts/testing: properties, clock, endings. Another version of Effect has it at another place."
}

const nodeModules = builtinModules
  .filter((name) => !name.startsWith("_"))
  .map((name) => ({ name, message: "This package runs outside Node too." }))

const outsideNode = { regex: "^node:", message: "This package runs outside Node too." }

/** The command line does what any program can do: by the public API, through the client that it is given. */
const aroundTheApi = {
  regex:
    "^@effect-pinecone/(schema|http|control-plane|data-plane|inference|assistant|admin|grpc|stores|local|local-models|console)(/|$)" +
    "|^(node:)?(https?|http2|net|tls)$|^undici|/packages/|/src/",
  message: "The command line uses the public API alone: import it from effect-pinecone."
}

/** So does the page of the console; its server passes on what the page sends, and stands on no other package. */
const aroundThePage = {
  regex: "^@effect-pinecone/|^effect-pinecone/internal/|^(node:)?(https?|http2|net|tls)$|^undici|/packages/|/src/",
  message: "The page of the console uses the public API alone: import it from effect-pinecone."
}

const requestsOfThePage = {
  regex: "^@effect/platform/(Http.*|FetchHttpClient|BrowserHttpClient|Socket)$|^@effect/platform-browser",
  message:
    "The page of the console sends nothing itself: it calls effect-pinecone. What is sent is noted in sdk.ts alone."
}

const packagesOfTheProject = {
  regex: "^effect-pinecone(/|$)|^@effect-pinecone/|/packages/|/page/",
  message: "The server of the console passes on what its page sends, and imports no other package."
}

const restrictedImports = (name, mayUseFiberModules) => [
  "error",
  {
    paths: [...barrels, ...(portable.includes(name) ? nodeModules : [])],
    patterns: [
      ...(portable.includes(name) ? [outsideNode] : []),
      ...(sendOrServe.includes(name) ? [] : [httpModules]),
      ...(name === "cli" ? [aroundTheApi] : []),
      ...(name === "console" ? [packagesOfTheProject] : []),
      ...(mayUseFiberModules ? [] : [fiberModules])
    ]
  }
]

/** What the sources of a package must not import; a later entry for a file takes the place of an earlier one. */
const importsOf = (name) => {
  const folder = `packages/${name}/src/`
  const exempt = fiberSources.filter((file) => file.startsWith(folder))
  return [
    { files: [`${folder}**/*.ts`], rules: { "no-restricted-imports": restrictedImports(name, false) } },
    ...(exempt.length === 0
      ? []
      : [{ files: exempt, rules: { "no-restricted-imports": restrictedImports(name, true) } }])
  ]
}

export default tseslint.config(
  {
    ignores: [
      "**/dist/**",
      "**/node_modules/**",
      "**/coverage/**",
      "**/fixtures/**",
      "**/data/**",
      "site/**",
      "scratchpad/**"
    ]
  },
  {
    files: ["**/*.{ts,tsx,mts,js,mjs}"],
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
      "no-restricted-syntax": ["error", ...restrictedSyntax]
    }
  },
  {
    files: ["packages/cli/src/**/*.ts"],
    rules: {
      "no-restricted-globals": ["error", { name: "fetch", message: aroundTheApi.message }]
    }
  },
  {
    files: ["packages/console/page/**/*.{ts,tsx}"],
    ignores: ["packages/console/page/build.ts"],
    rules: {
      "no-restricted-globals": [
        "error",
        ...["fetch", "XMLHttpRequest", "WebSocket", "EventSource"].map((name) => ({
          name,
          message: requestsOfThePage.message
        })),
        ...["localStorage", "sessionStorage", "indexedDB", "caches"].map((name) => ({
          name,
          message: "The page of the console stores nothing: a key could be in it."
        }))
      ],
      "no-restricted-imports": ["error", { paths: barrels, patterns: [aroundThePage, requestsOfThePage, fiberModules] }]
    }
  },
  {
    // The layers of the SDK, which note what is sent, and what is loaded before them.
    files: ["packages/console/page/sdk.ts", "packages/console/page/parts/*.ts"],
    rules: {
      "no-restricted-imports": ["error", { paths: barrels, patterns: [aroundThePage, fiberModules] }]
    }
  },
  {
    files: ["packages/*/src/*.ts"],
    rules: {
      "no-restricted-syntax": ["error", ...restrictedSyntax, noPublicEither]
    }
  },
  {
    files: ["packages/*/test/**/*.ts", "examples/*/test/**/*.ts", "scripts/testSetup.ts"],
    rules: { "no-restricted-imports": ["error", { patterns: [testModules] }] }
  },
  syntaxBut(wire, noWire),
  syntaxBut(endpoint, noEndpoint),
  ...readdirSync(new URL("packages", import.meta.url)).flatMap(importsOf)
)
