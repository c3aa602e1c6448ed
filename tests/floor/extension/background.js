// Pumps the page's port to the host and back, unread.
chrome.runtime.onConnect.addListener((page) => {
  const host = chrome.runtime.connectNative("org.wardkey.floor");
  page.onMessage.addListener((message) => host.postMessage(message));
  host.onMessage.addListener((message) => page.postMessage(message));
  page.onDisconnect.addListener(() => host.disconnect());
});
