// Packet_BSI_PC_UI: depot desk. Asks SJZY.Package.Api through the proxy of its own web server.
const board = document.querySelector("#board");
const footer = document.querySelector("#api");

const [about, rows] = await Promise.all([get("/api/"), get("/api/packages")]);
footer.textContent = `${about.project} ${about.version} on ${about.host}`;

const table = document.createElement("table");
table.append(row("th", ["Parcel", "To", "State"]));
for (const { id, to, state } of rows) table.append(row("td", [id, to, state]));
board.replaceChildren(table);

function row(cell, texts) {
  const line = document.createElement("tr");
  for (const text of texts) line.append(element(cell, text));
  return line;
}

async function get(path) {
  const response = await fetch(path);
  if (!response.ok) {
    footer.textContent = `SJZY.Package.Api answered ${response.status}`;
    throw new Error(footer.textContent);
  }
  return response.json();
}

function element(tag, text) {
  const made = document.createElement(tag);
  made.textContent = text;
  return made;
}
