// Packet_OutCustome_PC_UI: outbound board. Asks SJZY.Package.Output.Api through the proxy of its own web server.
const board = document.querySelector("#board");
const footer = document.querySelector("#api");

const [about, rows] = await Promise.all([get("/api/"), get("/api/outputs")]);
footer.textContent = `${about.project} ${about.version} on ${about.host}`;

const most = Math.max(...rows.map(({ parcels }) => parcels));
board.replaceChildren(
  ...rows.map(({ lane, parcels }) => {
    const bar = element("div", `${lane}: ${parcels}`);
    bar.className = "bar";
    bar.style.width = `${(100 * parcels) / most}%`;
    return bar;
  }),
);

async function get(path) {
  const response = await fetch(path);
  if (!response.ok) {
    footer.textContent = `SJZY.Package.Output.Api answered ${response.status}`;
    throw new Error(footer.textContent);
  }
  return response.json();
}

function element(tag, text) {
  const made = document.createElement(tag);
  made.textContent = text;
  return made;
}
