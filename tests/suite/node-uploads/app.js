const fs = require("fs");
const http = require("http");
const _ = require("lodash");

fs.mkdirSync("files", { recursive: true });
http
  .createServer((request, response) => {
    const name = _.kebabCase(request.url) || "index";
    fs.appendFileSync(`files/${name}.log`, "seen\n");
    response.end(`${name}: ${fs.readFileSync(`files/${name}.log`, "utf8").split("\n").length - 1}\n`);
  })
  .listen(4000);
