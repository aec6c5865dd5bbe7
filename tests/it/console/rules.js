(() => {
  const wrong = [];
  const all = (query) => [...document.querySelectorAll(query)];
  const rule = (holds, words) => { if (!holds) wrong.push(words); };
  rule(all("h1").length === 1, "not one h1");
  for (const landmark of ["header", "nav", "main", "footer"]) rule(all(landmark).length > 0, `no ${landmark}`);
  rule(["vi", "en"].includes(document.documentElement.lang), "no language");
  rule(document.title.length > 8, "no title");
  const skip = document.querySelector("a");
  rule(skip.className === "skip" && document.querySelector(skip.getAttribute("href")), "the first link does not skip to the content");
  for (const table of all("table")) rule(table.caption && table.caption.textContent, "a table without a caption");
  for (const head of all("th")) rule(head.scope, `a head without a scope: ${head.textContent}`);
  for (const field of all("input:not([type=hidden]), select, textarea")) rule(field.labels.length > 0, `a field without a label: ${field.name}`);
  for (const link of all("a")) rule(link.textContent.trim() && link.getAttribute("href"), `an empty link: ${link.outerHTML}`);
  for (const graphic of all("svg")) rule(graphic.getAttribute("aria-hidden") || graphic.getAttribute("aria-label"), "a graphic without words");
  const ids = all("[id]").map((one) => one.id);
  rule(new Set(ids).size === ids.length, `an id twice: ${ids}`);
  rule(all("[style], [onclick]").length === 0, "style or script in the markup");
  const wide = document.documentElement.scrollWidth, seen = document.documentElement.clientWidth;
  rule(wide <= seen, `wider than the screen: ${wide} of ${seen}`);
  rule(all("link[rel=stylesheet]").length === 1 && document.styleSheets[0].cssRules.length > 50, "no style");
  // Contrast of every text with the ground that it stands on, as WCAG 2 AA asks for.
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const colour = (text) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = text;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const light = (rgb) => {
    const [r, g, b] = rgb.map((part) => part / 255).map((part) => (part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (of) => {
    for (let one = of; one; one = one.parentElement) {
      const found = colour(getComputedStyle(one).backgroundColor);
      if (found[3] === 255) return found.slice(0, 3);
    }
    return [255, 255, 255];
  };
  const told = new Set();
  for (const one of all("body *")) {
    const own = [...one.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
    const style = getComputedStyle(one);
    if (!own || style.visibility !== "visible" || one.closest("svg") || one.closest("[hidden]")) continue;
    const [a, b] = [light(colour(style.color).slice(0, 3)), light(ground(one))].sort((x, y) => y - x);
    const contrast = (a + 0.05) / (b + 0.05), size = parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    if (contrast < (large ? 3 : 4.5)) told.add(`contrast ${contrast.toFixed(2)}: ${one.tagName}.${one.className}`);
  }
  return wrong.concat([...told]);
})()
