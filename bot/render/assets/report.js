// Sorts and filters the tables of the report, and draws a treemap of what moved. The page is complete without it.
"use strict";

const SVG = "http://www.w3.org/2000/svg";
const WIDTH = 960, HEIGHT = 400, LABEL_WIDTH = 56, LABEL_HEIGHT = 18, GAP = 3, NESTED = { width: 120, height: 70 };

function make(name, attributes, text) {
  const element = name === "svg" || attributes.svg
    ? document.createElementNS(SVG, name) : document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) if (key !== "svg") element.setAttribute(key, value);
  if (text !== undefined) element.textContent = text;
  return element;
}

function bytes(count) {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let value = Math.abs(count), unit = 0;
  while (value >= 999.5 && unit < units.length - 1) { value /= 1000; unit += 1; }
  const digits = unit === 0 ? value : value >= 99.95 ? value.toFixed(0) : value >= 9.995 ? value.toFixed(1) : value.toFixed(2);
  return `${count < 0 ? "\u2212" : "+"}${digits}\u00a0${units[unit]}`;
}

// Tables: a click on a heading sorts by the cells' data-value, or their text.

function valueOf(row, column) {
  const cell = row.cells[column];
  return cell.dataset.value === undefined ? cell.textContent : Number(cell.dataset.value);
}

function sort(table, column) {
  const heading = table.tHead.rows[0].cells[column];
  const descending = heading.getAttribute("aria-sort") !== "descending";
  for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
  heading.setAttribute("aria-sort", descending ? "descending" : "ascending");
  const rows = Array.from(table.tBodies[0].rows);
  rows.sort((a, b) => {
    const x = valueOf(a, column), y = valueOf(b, column);
    const order = typeof x === "number" && typeof y === "number" ? x - y : String(x).localeCompare(String(y));
    return descending ? -order : order;
  });
  table.tBodies[0].append(...rows);
}

function makeSortable(table) {
  Array.from(table.tHead.rows[0].cells).forEach((heading, column) => {
    const button = make("button", { type: "button" }, heading.textContent);
    button.addEventListener("click", () => sort(table, column));
    heading.replaceChildren(button);
  });
}

function makeFilterable(table) {
  const field = make("input", { type: "search", placeholder: "Filter", "aria-label": "Filter the table below" });
  field.addEventListener("input", () => {
    const wanted = field.value.toLowerCase();
    for (const row of table.tBodies[0].rows) row.hidden = !row.textContent.toLowerCase().includes(wanted);
  });
  table.parentElement.before(field);
}

// Treemap: a tree of path segments, weighed by how much moved, laid out in squarified rows (Bruls et al., 2000).

function tree(contents) {
  const root = { name: "everything", weight: 0, change: 0, children: new Map() };
  for (const [kind, name, ecosystem, change] of contents) {
    if (!change) continue;
    const parts = kind === "package" ? [`${ecosystem} packages`, name] : name.split("/").filter(Boolean);
    let node = root;
    for (const part of [...(kind === "dead" ? ["dead bytes"] : []), ...(parts.length ? parts : ["everything smaller"])]) {
      node.weight += Math.abs(change);
      node.change += change;
      if (!node.children.has(part)) node.children.set(part, { name: part, weight: 0, change: 0, children: new Map() });
      node = node.children.get(part);
    }
    node.weight += Math.abs(change);
    node.change += change;
  }
  return root;
}

// A folder that holds nothing but one folder is one tile: usr/local/go.
function joined(node) {
  const only = node.children.size === 1 ? node.children.values().next().value : null;
  if (!only || !only.children.size || only.weight !== node.weight) return node;
  return joined({ ...only, name: `${node.name}/${only.name}` });
}

function childrenOf(node) {
  return Array.from(node.children.values(), joined).sort((a, b) => b.weight - a.weight);
}

function worst(row, side, scale) {
  const sum = row.reduce((total, node) => total + node.weight * scale, 0);
  const largest = row[0].weight * scale, smallest = row[row.length - 1].weight * scale;
  return Math.max(side * side * largest / (sum * sum), sum * sum / (side * side * smallest));
}

function squarify(nodes, box) {
  const rest = nodes.slice(), placed = [];
  let { x, y, width, height } = box;
  while (rest.length && width > 0 && height > 0) {
    const total = rest.reduce((sum, node) => sum + node.weight, 0);
    const scale = width * height / total, side = Math.min(width, height);
    const row = [rest.shift()];
    while (rest.length && worst([...row, rest[0]], side, scale) <= worst(row, side, scale)) row.push(rest.shift());
    const area = row.reduce((sum, node) => sum + node.weight, 0) * scale, depth = area / side;
    let at = 0;
    for (const node of row) {
      const length = node.weight * scale / depth;
      placed.push(width >= height
        ? { node, x, y: y + at, width: depth, height: length }
        : { node, x: x + at, y, width: length, height: depth });
      at += length;
    }
    if (width >= height) { x += depth; width -= depth; } else { y += depth; height -= depth; }
  }
  return placed;
}

function drawTile(tile, depth, open) {
  const { node, x, y, width, height } = tile;
  const group = make("g", { svg: true });
  const kind = `${node.change < 0 ? "shrank" : "grew"}${node.children.size ? " folder" : ""}`;
  const rect = make("rect", { svg: true, x, y, width: Math.max(width, 0), height: Math.max(height, 0), class: kind });
  rect.append(make("title", { svg: true }, `${node.name}: ${bytes(node.change)}`));
  group.append(rect);
  if (width > LABEL_WIDTH && height > LABEL_HEIGHT) {
    const words = `${node.name} ${bytes(node.change)}`, room = Math.floor(width / 6.6);
    const label = words.length > room ? `${words.slice(0, room - 1)}…` : words;
    group.append(make("text", { svg: true, x: x + 5, y: y + 13 }, label));
  }
  if (node.children.size) rect.addEventListener("click", () => open([node]));
  if (depth === 0 && node.children.size && width > NESTED.width && height > NESTED.height) {
    const inner = { x: x + GAP, y: y + LABEL_HEIGHT, width: width - 2 * GAP, height: height - LABEL_HEIGHT - GAP };
    const tiles = squarify(childrenOf(node), inner);
    group.append(...tiles.map((child) => drawTile(child, depth + 1, (trail) => open([node, ...trail]))));
  }
  return group;
}

function drawMap(place, contents) {
  const crumbs = make("p", { class: "crumbs" });
  const map = make("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, class: "map", role: "img", "aria-label": "Treemap of what moved" });
  const show = (trail) => {
    const node = trail[trail.length - 1];
    crumbs.replaceChildren(...trail.flatMap((step, depth) => {
      const button = make("button", { type: "button" }, `${step.name} ${bytes(step.change)}`);
      button.addEventListener("click", () => show(trail.slice(0, depth + 1)));
      return depth ? [document.createTextNode(" / "), button] : [button];
    }));
    map.replaceChildren(...squarify(childrenOf(node), { x: 0, y: 0, width: WIDTH, height: HEIGHT })
      .map((tile) => drawTile(tile, 0, (steps) => show([...trail, ...steps]))));
  };
  const root = tree(contents);
  if (!root.weight) return;
  show([root]);
  place.append(crumbs, map);
}

document.querySelectorAll("table.sortable").forEach(makeSortable);
document.querySelectorAll("table.filterable").forEach(makeFilterable);
const moved = JSON.parse(document.getElementById("moved").textContent);
document.querySelectorAll(".treemap").forEach((place) => drawMap(place, moved[Number(place.dataset.image)]));
