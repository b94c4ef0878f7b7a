import { readFileSync } from "node:fs";
import { join } from "node:path";
import Koa from "koa";
import Mustache from "mustache";

const page = readFileSync(join(__dirname, "..", "views", "page.mustache"), "utf8");
const settings = JSON.parse(readFileSync("settings/default.json", "utf8"));
const app = new Koa();
app.use((context) => {
  context.type = "html";
  context.body = Mustache.render(page, { ...settings, path: context.path });
});
app.listen(Number(process.env.PORT), () => console.log("listening"));
