// Takes one MessagePort from the page and pumps it to the background, unread.
addEventListener("message", (event) => {
  if (event.source !== window || !event.data?.floor) return;
  event.stopImmediatePropagation();
  const page = event.ports[0];
  const background = chrome.runtime.connect({ name: "floor" });
  page.onmessage = (message) => background.postMessage(message.data);
  background.onMessage.addListener((message) => page.postMessage(message));
});
