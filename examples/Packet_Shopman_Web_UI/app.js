// Packet_Shopman_Web_UI: shop counter. Asks SJZY.Package.Task.Api through the proxy of its own web server.
const board = document.querySelector("#board");
const footer = document.querySelector("#api");

const [about, rows] = await Promise.all([get("/api/"), get("/api/tasks")]);
footer.textContent = `${about.project} ${about.version} on ${about.host}`;

const list = document.createElement("ul");
list.append(...rows.map(({ name, every }) => element("li", `${name}, ${every}`)));
board.replaceChildren(list);

async function get(path) {
  const response = await fetch(path);
  if (!response.ok) {
    footer.textContent = `SJZY.Package.Task.Api answered ${response.status}`;
    throw new Error(footer.textContent);
  }
  return response.json();
}

function element(tag, text) {
  const made = document.createElement(tag);
  made.textContent = text;
  return made;
}
