// As much of Markdown as these documents use.

/**
 * HTML of a document; `link` says where an address of it leads to, and `placeOf` where what a piece of code
 * names is described, if anywhere.
 */
export function html(markdown, link, placeOf = () => undefined) {
  const inline = (text) => inlineOf(text, link, placeOf);
  const lines = markdown.split("\n");
  const out = [];
  while (lines.length > 0) {
    const [line] = lines;
    const heading = /^(#{1,6}) (.*)$/.exec(line);
    if (line.trim() === "") lines.shift();
    else if (heading) {
      lines.shift();
      const level = heading[1].length;
      out.push(`<h${level} id="${slug(heading[2])}">${inlineOf(heading[2], link, () => undefined)}</h${level}>`);
    } else if (line.startsWith("```")) out.push(code(lines));
    else if (line.startsWith("|")) out.push(table(lines, inline));
    else if (/^(- |\d+\. )/.test(line)) out.push(list(lines, inline));
    else out.push(`<p>${inline(take(lines, (line) => !/^(#|```|\||- |\s*$)/.test(line)).join(" "))}</p>`);
  }
  return out.join("\n");
}

/** The name of a heading, as GitHub has it. */
export function slug(heading) {
  return heading.toLowerCase().replace(/[^\p{L}\p{N} _-]/gu, "").replaceAll(" ", "-");
}

export function escape(text) {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}

function inlineOf(text, link, placeOf) {
  // What stands in code is nothing else.
  const codes = [];
  const plain = (_, at) => `<code>${escape(codes[at])}</code>`;
  const linked = (whole, at) => {
    const place = placeOf(codes[at]);
    return place ? `<a href="${place}">${plain(whole, at)}</a>` : plain(whole, at);
  };
  const kept = text.replace(/(`+)(.+?)\1/g, (_, __, code) => `\0${codes.push(code) - 1}\0`);
  return escape(kept)
    .replace(/!\[([^\]]*)\]\(([^)]+)\)/g, (_, alt, to) => `<img alt="${alt}" src="${link(to)}">`)
    .replace(/\[([^\]]+)\]\(([^)]+)\)/g, (_, name, to) => `<a href="${link(to)}">${name}</a>`)
    .replace(/(https:\/\/[^\s<"]+[^\s<".,;:)])(?![^<]*<\/a>|")/g, '<a href="$1">$1</a>')
    .replace(/\*\*(.+?)\*\*/g, "<strong>$1</strong>")
    .replace(/(^|[\s(])\*([^*]+)\*/g, "$1<em>$2</em>")
    .replace(/<a [^>]*>.*?<\/a>/g, (link) => link.replace(CODE, plain))
    .replace(CODE, linked);
}

function code(lines) {
  const [, language] = /^```(\w*)/.exec(lines.shift());
  const body = take(lines, (line) => line !== "```");
  lines.shift();
  return `<pre data-language="${language}"><code>${escape(body.join("\n"))}</code></pre>`;
}

function table(lines, inline) {
  const rows = take(lines, (line) => line.startsWith("|")).map((line) =>
    line.trim().slice(1, -1).split(/(?<!\\|\|)\|(?!\|)/).map((cell) => inline(cell.trim())),
  );
  const [head, , ...body] = rows;
  const row = (cells, tag) => `<tr>${cells.map((cell) => `<${tag}>${cell}</${tag}>`).join("")}</tr>`;
  const header = head.some((cell) => cell !== "") ? `<thead>${row(head, "th")}</thead>` : "";
  return `<table>${header}<tbody>${body.map((cells) => row(cells, "td")).join("")}</tbody></table>`;
}

function list(lines, inline) {
  const tag = /^\d/.test(lines[0]) ? "ol" : "ul";
  const items = [];
  for (const line of take(lines, (line) => /^(- |\d+\. |  )/.test(line))) {
    const begun = /^(?:- |\d+\. )(.*)$/.exec(line);
    if (begun) items.push(begun[1]);
    else items[items.length - 1] += ` ${line.trim()}`;
  }
  return `<${tag}>${items.map((item) => `<li>${inline(item)}</li>`).join("")}</${tag}>`;
}

function take(lines, wanted) {
  const end = lines.findIndex((line, place) => place > 0 && !wanted(line));
  return lines.splice(0, end === -1 ? lines.length : end);
}

/** Where a piece of code is kept, by its number. */
const CODE = /\0(\d+)\0/g;
