self.addEventListener('install', () => self.skipWaiting())
self.addEventListener('push', (event) => {
let said = {}
try {
said = event.data.json()
} catch {
}
const title = String(said.title || 'OpenTRM')
event.waitUntil(self.registration.showNotification(title, { body: String(said.body || ''), tag: title, renotify: true }))
})
self.addEventListener('notificationclick', (event) => {
event.notification.close()
event.waitUntil(self.clients.openWindow('/'))
})
