const frame = await opened(1440), page = frame.contentDocument;
frame.contentWindow.location.hash = "#m900.c3";
await until(() => page.querySelector("#lineage .self"));
said.up = all(page, "#lineage .box.up").map((box) => Number(box.dataset.key.slice(1))).sort((a, b) => a - b);
said.threads = page.querySelector("#lineage .thread.up").getAttribute("d").match(/M/g).length;
