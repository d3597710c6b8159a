// Packet_Label: label printer. Asks SJZY.Package.Api through the proxy of its own web server.
const board = document.querySelector("#board");
const footer = document.querySelector("#api");

const [about, rows] = await Promise.all([get("/api/"), get("/api/packages")]);
footer.textContent = `${about.project} ${about.version} on ${about.host}`;

board.replaceChildren(
  ...rows.map(({ id, to }) => {
    const label = element("div", "");
    label.className = "label";
    label.append(element("b", to), element("code", id));
    return label;
  }),
);

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
