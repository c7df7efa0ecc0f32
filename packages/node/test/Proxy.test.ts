import { assert, describe, it } from "@effect/vitest"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { inspect } from "node:util"
import { FastCheck } from "../../../scripts/testing/properties.js"
import * as Proxy from "../src/Proxy.js"

const secret = "hush/hush"
const withSecret = `http://user:${encodeURIComponent(secret)}@proxy.test:3128`

const isProxied = (except: ReadonlyArray<string>, url: string): boolean =>
  Proxy.select(Proxy.make("http://proxy.test", { except }), new URL(url)) !== undefined

describe("select", () => {
  const cases: ReadonlyArray<
    readonly [except: ReadonlyArray<string>, direct: ReadonlyArray<string>, proxied: ReadonlyArray<string>]
  > = [
    [[], [], ["http://a.test", "https://127.0.0.1", "http://localhost"]],
    [["*"], ["http://a.test", "https://[::1]:8443", "http://10.0.0.1"], []],
    [
      ["a.test"],
      [
        "http://a.test",
        "https://a.test:8443/x",
        "http://b.a.test",
        "http://c.b.a.test",
        "http://A.TEST",
        "http://a.test."
      ],
      ["http://aa.test", "http://test", "http://a.test.b", "http://xa.test"]
    ],
    [[".a.test"], ["http://a.test", "http://b.a.test"], ["http://aa.test", "http://test"]],
    [["*.a.test"], ["http://a.test", "http://b.a.test"], ["http://aa.test"]],
    [["A.Test."], ["http://a.test", "http://b.a.test"], ["http://aa.test"]],
    [["a.test:8080"], ["http://a.test:8080", "https://b.a.test:8080"], ["http://a.test", "https://a.test:808"]],
    [["a.test:443"], ["https://a.test", "http://a.test:443"], ["http://a.test"]],
    [["a.test:80"], ["http://a.test"], ["https://a.test"]],
    [["127.0.0.1"], ["http://127.0.0.1:1", "http://127.1", "https://0x7f.0.0.1"], [
      "http://127.0.0.2",
      "http://localhost"
    ]],
    [["[::1]"], ["http://[::1]", "https://[0:0:0:0:0:0:0:1]:8443"], ["http://[::2]", "http://127.0.0.1"]],
    [["::1"], ["http://[::1]:9"], ["http://[::2]"]],
    [["[::1]:8443"], ["https://[::1]:8443"], ["https://[::1]", "http://[::2]:8443"]],
    [["[0:0::1]"], ["http://[::1]"], ["http://[::2]"]],
    [["10.0.0.0/8"], ["http://10.1.2.3"], ["http://11.1.2.3", "http://10.test", "http://[::a00:1]"]],
    [["fd00::/8"], ["http://[fd12::1]"], ["http://[fe00::1]", "http://10.0.0.1"]],
    [["10.0.0.0/33", "10.0.0.1/x", "x/8", "/"], [], ["http://10.0.0.1", "http://x"]],
    [["bücher.test"], ["http://bücher.test", "http://xn--bcher-kva.test"], ["http://bucher.test"]],
    [[" a.test ", "b.test"], ["http://a.test", "http://b.test"], ["http://c.test"]],
    [["", " ", ".", "*.", ":80", "[]", "http://a.test", "a*"], [], ["http://a.test", "http://ab"]]
  ]

  for (const [except, direct, proxied] of cases) {
    it(`except ${JSON.stringify(except)}`, () => {
      for (const url of direct) assert.isFalse(isProxied(except, url), `${url} is direct`)
      for (const url of proxied) assert.isTrue(isProxied(except, url), `${url} is proxied`)
    })
  }

  it("goes by the scheme", () => {
    const http = { url: "http://one.test" }
    const https = { url: "http://two.test" }
    assert.strictEqual(Proxy.select({ http, https }, new URL("http://a.test")), http)
    assert.strictEqual(Proxy.select({ http, https }, new URL("https://a.test")), https)
    assert.isUndefined(Proxy.select({ http }, new URL("https://a.test")))
    assert.isUndefined(Proxy.select({ https }, new URL("http://a.test")))
    assert.isUndefined(Proxy.select({ http, https }, new URL("ftp://a.test")))
  })

  // Two hyphens may begin an international name, most of which are none.
  const label = FastCheck.stringMatching(/^[a-z]([a-z0-9-]{0,8}[a-z0-9])?$/).filter((label) => !label.includes("--"))
  const host = FastCheck.array(label, { minLength: 1, maxLength: 4 })
  const port = FastCheck.integer({ min: 1, max: 65535 })

  it.prop(
    "a rule is for a host and all below it",
    [host, host, port, FastCheck.boolean()],
    ([rule, below, port, upper]) => {
      const written = upper ? rule.join(".").toUpperCase() : rule.join(".")
      const deep = [...below, ...rule].join(".")
      for (const form of [written, `.${written}`, `*.${written}`, `${written}:${port}`]) {
        assert.isFalse(isProxied([form], `http://${deep}:${port}`))
        assert.isFalse(isProxied(["other.invalid", form], `https://${rule.join(".")}:${port}`))
      }
      assert.isTrue(isProxied([`${written}:${port}`], `http://${deep}:${port === 1 ? 2 : port - 1}`))
    }
  )

  it.prop("and for no other", [host, host, label], ([rule, other, glued]) => {
    FastCheck.pre(!`.${other.join(".")}`.endsWith(`.${rule.join(".")}`))
    assert.isTrue(isProxied([rule.join(".")], `http://${other.join(".")}`))
    assert.isTrue(isProxied([rule.join(".")], `http://${glued}${rule.join(".")}`))
  })
})

describe("a proxy", () => {
  it("has the credentials of its URL, decoded, or those beside it", () => {
    const basic = (credentials: string) => `Basic ${Buffer.from(credentials).toString("base64")}`
    const cases: ReadonlyArray<readonly [Proxy.Proxy, string | undefined]> = [
      [{ url: "http://proxy.test" }, undefined],
      [{ url: "http://user:pass@proxy.test" }, basic("user:pass")],
      [{ url: Redacted.make("http://us%40er:p%3Aa%2Fss%20w%C3%BC@proxy.test") }, basic("us@er:p:a/ss wü")],
      [{ url: "http://user@proxy.test" }, basic("user:")],
      [{ url: "http://:pass@proxy.test" }, basic(":pass")],
      [{ url: "http://user:100%@proxy.test" }, basic("user:100%")],
      [{ url: "http://proxy.test", username: "user", password: Redacted.make("p%40ss") }, basic("user:p%40ss")],
      [{ url: "http://user:pass@proxy.test", password: Redacted.make("other") }, basic("user:other")],
      [{ url: "user:pass@proxy.test:3128" }, basic("user:pass")]
    ]
    for (const [proxy, expected] of cases) {
      assert.strictEqual(Proxy.authorization(proxy), expected)
      assert.deepStrictEqual(
        Proxy.headers(proxy),
        expected === undefined ? {} : { "proxy-authorization": expected }
      )
    }
  })

  it("has headers of its own, which win", () => {
    const headers = { "X-Team": "search", "Proxy-Authorization": Redacted.make("Bearer token") }
    assert.deepStrictEqual(
      Proxy.headers({ url: withSecret, headers }),
      { "x-team": "search", "proxy-authorization": "Bearer token" }
    )
  })

  it("is somewhere", () => {
    const cases: ReadonlyArray<readonly [string, Proxy.Endpoint]> = [
      [withSecret, { protocol: "http:", hostname: "proxy.test", port: 3128, address: "http://proxy.test:3128" }],
      ["proxy.test:3128", { protocol: "http:", hostname: "proxy.test", port: 3128, address: "http://proxy.test:3128" }],
      [" Proxy.test ", { protocol: "http:", hostname: "proxy.test", port: 80, address: "http://proxy.test" }],
      ["https://proxy.test/x?y", {
        protocol: "https:",
        hostname: "proxy.test",
        port: 443,
        address: "https://proxy.test"
      }],
      ["http://[::1]:8080", { protocol: "http:", hostname: "::1", port: 8080, address: "http://[::1]:8080" }]
    ]
    for (const [url, expected] of cases) {
      assert.deepStrictEqual(Effect.runSync(Proxy.endpoint({ url })), expected)
    }
  })

  it("that cannot be used is told of, without its secrets", () => {
    const cases: ReadonlyArray<readonly [Proxy.Proxy, option: string, why: RegExp]> = [
      [{ url: `http://user:${secret}@` }, "proxy.url", /URL cannot be read.*http:\/\/proxy.example.com:3128/],
      [{ url: Redacted.make("") }, "proxy.url", /URL cannot be read/],
      [{ url: "http://user:hush@proxy.test:99999" }, "proxy.url", /URL cannot be read/],
      [{ url: "socks5://user:hush@proxy.test" }, "proxy.url", /scheme socks5: use an http: or https:/],
      [{ url: "ftp://proxy.test" }, "proxy.url", /scheme ftp: use an http: or https:/],
      [{ url: "http://us%3Aer:hush@proxy.test" }, "proxy.username", /colon/],
      [{ url: withSecret, headers: { "x team": "hush" } }, "proxy.headers", /"x team"/],
      [{ url: withSecret, headers: { "x-team": Redacted.make("hush\r\nx: y") } }, "proxy.headers", /"x-team"/]
    ]
    for (const [proxy, option, why] of cases) {
      const error = Effect.runSync(Effect.flip(Proxy.endpoint(proxy)))
      assert.strictEqual(error._tag, "PineconeInvalidOptions")
      assert.strictEqual(error.option, option)
      assert.match(error.message, why)
      assert.notMatch(inspect(error, { depth: 10, showHidden: true }), /hush/)
    }
  })
})

describe("config", () => {
  const read = (env: Readonly<Record<string, string>>) =>
    Effect.withConfigProvider(Proxy.config, ConfigProvider.fromMap(new Map(Object.entries(env))))

  const urls = (env: Readonly<Record<string, string>>) =>
    Effect.map(read(env), (proxies) => [
      proxies?.http === undefined ? undefined : Redacted.value(proxies.http.url as Redacted.Redacted),
      proxies?.https === undefined ? undefined : Redacted.value(proxies.https.url as Redacted.Redacted),
      proxies?.except
    ])

  it.effect("reads the variables as curl does", () =>
    Effect.gen(function*() {
      assert.isUndefined(yield* read({}))
      assert.isUndefined(yield* read({ NO_PROXY: "a.test" }))
      assert.isUndefined(yield* read({ ALL_PROXY: "http://all.test" }))
      assert.deepStrictEqual(yield* urls({ HTTPS_PROXY: "http://s.test" }), [undefined, "http://s.test", []])
      assert.deepStrictEqual(yield* urls({ HTTP_PROXY: "p.test:1" }), ["p.test:1", undefined, []])
      assert.deepStrictEqual(
        yield* urls({
          http_proxy: "http://one.test",
          HTTP_PROXY: "http://two.test",
          https_proxy: "http://three.test",
          HTTPS_PROXY: "http://four.test",
          no_proxy: "a.test, b.test:80  *.c.test,,",
          NO_PROXY: "*"
        }),
        ["http://one.test", "http://three.test", ["a.test", "b.test:80", "*.c.test"]]
      )
      assert.isUndefined(yield* read({ https_proxy: "", HTTPS_PROXY: "http://s.test" }))
      assert.isUndefined(yield* read({ HTTPS_PROXY: " " }))
    }))

  it.effect("takes no header of a request for a proxy", () =>
    Effect.gen(function*() {
      const cgi = { REQUEST_METHOD: "GET", HTTP_PROXY: "http://attacker.test" }
      assert.isUndefined(yield* read(cgi))
      assert.deepStrictEqual(
        yield* urls({ ...cgi, http_proxy: "http://p.test", HTTPS_PROXY: "http://s.test" }),
        ["http://p.test", "http://s.test", []]
      )
    }))

  it.effect("refuses a wrong URL without showing it", () =>
    Effect.gen(function*() {
      for (
        const [name, value] of [["https_proxy", `http://user:${secret}@`], ["HTTP_PROXY", "socks5://u:hush@p.test"]]
      ) {
        const error = yield* Effect.flip(read({ [name!]: value! }))
        assert.match(String(error), new RegExp(`${name}.*http://proxy.example.com:3128`))
        assert.notMatch(inspect(error, { depth: 10 }), /hush/)
      }
    }))

  it.effect("keeps the password redacted", () =>
    Effect.gen(function*() {
      const proxies = yield* read({ HTTPS_PROXY: "http://user:hush@p.test" })
      assert.notMatch(inspect(proxies, { depth: 10, showHidden: true }) + JSON.stringify(proxies), /hush/)
      assert.strictEqual(Proxy.authorization(proxies!.https!), `Basic ${Buffer.from("user:hush").toString("base64")}`)
    }))
})
