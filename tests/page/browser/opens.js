const start = performance.now(), frame = await opened(1440), page = frame.contentDocument;
said.seconds = (performance.now() - start) / 1000;
said.boxes = all(page, "#lineage .box").length;
