import { words } from "./words.js";

document.getElementById("place").textContent = words.join(" ");
