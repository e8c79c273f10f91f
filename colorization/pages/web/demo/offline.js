// The page works without a network after the first visit: its files are fetched anew when
// that is possible, and otherwise taken from this browser's store.

const STORE = "colorization-page";

addEventListener("install", (event) => {
  skipWaiting();
  event.waitUntil(fill());
});
addEventListener("activate", (event) => event.waitUntil(clients.claim()));

async function fill() {
  const store = await caches.open(STORE);
  const { files } = await (await fetch("model.json")).json();
  await store.addAll(["./", "model.json", ...files]);
}

addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET" || !request.url.startsWith(registration.scope)) return;
  event.respondWith(answer(request));
});

async function answer(request) {
  const store = await caches.open(STORE);
  try {
    const response = await fetch(request);
    if (response.ok) await store.put(request, response.clone());
    return response;
  } catch (error) {
    const kept = await store.match(request, { ignoreSearch: true });
    if (kept) return kept;
    throw error;
  }
}
