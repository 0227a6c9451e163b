self.addEventListener('install', () => self.skipWaiting())
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()))
self.addEventListener('fetch', (event) => {
const { method, url } = event.request
const { origin, pathname } = new URL(url)
if (method !== 'GET' || origin !== location.origin || !(pathname === '/offline/form' || pathname.startsWith('/asset/'))) return
event.respondWith(
caches.open('opentrm-offline').then((kept) => kept.match(pathname, { ignoreVary: true })).then((found) => found || fetch(event.request)),
)
})
