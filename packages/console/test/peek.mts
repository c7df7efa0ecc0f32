import { chromium } from "playwright-core"
const url = process.argv[2]!
const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] })
const page = await browser.newPage()
page.on("console", (m) => console.log("console:", m.type(), m.text()))
page.on("response", (m) => console.log("resp:", m.status(), m.url()))
page.on("pageerror", (e) => console.log("pageerror:", e.message, e.stack?.slice(0, 800)))
await page.goto(url)
await page.waitForTimeout(3000)
console.log(await page.innerText("body"))
await page.screenshot({ path: `/tmp/tasks3/shots/peek.png` })
await browser.close()
