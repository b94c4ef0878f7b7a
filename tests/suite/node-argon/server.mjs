import { createServer } from "node:http";
import argon2 from "argon2";

const salt = Buffer.alloc(16, 7);

createServer(async (request, response) => {
  if (request.url === "/health") return response.end("ok");
  const hash = await argon2.hash(request.url, { salt, timeCost: 2, memoryCost: 4096 });
  response.setHeader("Content-Type", "text/plain");
  response.end(`${hash}\n`);
}).listen(3000, () => console.log("ready"));
