// Every view and the details, at four widths in both themes: how wide, and each text whose contrast is below 4.5 to 1.
const parts = (text) => {
  const values = (text.match(/[\d.]+/g) || [0, 0, 0, 0]).map(Number);
  return values.length > 3 ? values : [...values, 1];
};
const over = ([r, g, b, a], [R, G, B]) => [[r, R], [g, G], [b, B]].map(([top, low]) => top * a + low * (1 - a));
const light = (color) => {
  const [r, g, b] = color.map((one) => one / 255)
    .map((one) => (one <= 0.03928 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const ratio = (ink, paper) => {
  const [high, low] = [light(ink), light(paper)].sort((a, b) => b - a);
  return (high + 0.05) / (low + 0.05);
};
const contrasts = (page) => {
  const style = (element) => page.defaultView.getComputedStyle(element);
  const filled = (element) => {
    const { fill, fillOpacity } = style(element), [r, g, b, a] = parts(fill);
    return [r, g, b, a * fillOpacity];
  };
  const white = [255, 255, 255];
  const paper = (one) => (one ? over(parts(style(one).backgroundColor), paper(one.parentElement)) : white);
  const drawn = (text) => [text.closest(".box").querySelector(".frame"), text.parentElement.querySelector("rect")]
    .reduce((low, rect) => over(filled(rect), low), paper(page.body));
  const written = (one) => [...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
  const words = all(page, "body *").filter((one) => one.checkVisibility() && written(one));
  // what is not of the lineage that is shown is dimmed on purpose
  const dim = (text) => page.querySelector(".traced") && !text.closest(".self, .up, .down");
  const html = words.filter((one) => !one.closest("svg"))
    .map((one) => [ratio(over(parts(style(one).color), paper(one)), paper(one)), one]);
  const svg = words.filter((one) => one.matches(".box text") && !dim(one))
    .map((one) => [ratio(over(filled(one), drawn(one)), drawn(one)), one]);
  const named = (one) => `${one.tagName} ${one.className.baseVal ?? one.className}: ${one.textContent.slice(0, 20)}`;
  return [...html, ...svg].map(([value, one]) => [value, named(one)]);
};
for (const width of WIDTHS) {
  const frame = await opened(width), page = frame.contentDocument, root = page.documentElement;
  const seen = [], papers = [], pale = [];
  let texts = 0;
  const look = () => {
    for (const theme of ["light", "dark"]) {
      root.dataset.theme = theme;
      papers.push(page.defaultView.getComputedStyle(page.body).backgroundColor);
      const found = contrasts(page);
      texts += found.length;
      pale.push(...found.filter(([value]) => value < 4.5));
    }
  };
  for (const tab of all(page, "[role=tab]")) {
    tab.click();
    await until(() => tab.getAttribute("aria-selected") === "true");
    seen.push([tab.id, root.scrollWidth]);
    look();
  }
  frame.contentWindow.location.hash = "#customer_value.revenue";
  await until(() => !page.getElementById("details").hidden);
  seen.push(["details", root.scrollWidth]);
  look();
  said[width] = { seen, papers: [...new Set(papers)], pale, texts };
}
