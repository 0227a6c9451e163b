// Shows what the node pushes to this browser: words that the node chose, never what waits nor about whom. It answers for no
// page, keeps nothing and asks for nothing.

self.addEventListener('install', () => self.skipWaiting())

self.addEventListener('push', (event) => {
  let said = {}
  try {
    said = event.data.json()
  } catch {
    // Something has to be shown all the same, or the browser says that this page works in secret.
  }
  const title = String(said.title || 'OpenTRM')
  event.waitUntil(self.registration.showNotification(title, { body: String(said.body || ''), tag: title, renotify: true }))
})

// Whatever was pushed, a click leads to the home page and nowhere else.
self.addEventListener('notificationclick', (event) => {
  event.notification.close()
  event.waitUntil(self.clients.openWindow('/'))
})
