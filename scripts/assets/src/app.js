// Everything here is help; each page does its work without it.

// An error summary takes the focus, so that a screen reader says what to correct.
const summary = document.querySelector('[data-error-summary]')
if (summary) summary.focus()

// A form is sent once. The node would refuse the second copy; this spares the fright.
document.addEventListener('submit', (event) => {
  const form = event.target
  if (form.dataset.sent) event.preventDefault()
  else if (!event.defaultPrevented) form.dataset.sent = 'yes'
})
// Coming back through the history must not find a form that cannot be sent again.
window.addEventListener('pageshow', () => {
  for (const form of document.forms) delete form.dataset.sent
})

// Answers are kept as they are given. Nothing waits for it but a button that is pressed meanwhile, and that not long: without a
// line, or without this script, the button keeps them.
const keep = document.querySelector('form[data-keep]')
if (keep) {
  let running = null
  let again = false
  const once = async () => {
    const body = new URLSearchParams(new FormData(keep))
    body.delete('once')
    body.set('do', 'keep')
    const answer = await fetch(keep.action, { method: 'POST', body, redirect: 'error', signal: AbortSignal.timeout(8000) })
    if (!answer.ok) return
    const { fields, said } = await answer.json()
    for (const [name, value] of Object.entries(fields)) keep.elements[name].value = value
    keep.querySelector('[data-kept]').textContent = said
  }
  const run = async () => {
    do {
      again = false
      await once().catch(() => {})
    } while (again && !keep.dataset.waits)
    running = null
  }
  keep.addEventListener('change', () => {
    again = true
    running ??= run()
  })
  keep.addEventListener('submit', (event) => {
    if (!running) return
    event.preventDefault()
    if (keep.dataset.waits) return
    keep.dataset.waits = 'yes'
    running.then(() => {
      delete keep.dataset.waits
      keep.requestSubmit(event.submitter)
    })
  })
}

// Leave this page quickly: by the button, or by pressing Escape three times within two seconds. The page is
// blanked at once, the new one takes its place in the history, and its session ends on the way.
const leave = document.querySelector('[data-leave]')
if (leave) {
  const go = () => {
    document.documentElement.classList.add('trm-gone')
    document.title = ' '
    location.replace(leave.href)
  }
  leave.addEventListener('click', (event) => {
    event.preventDefault()
    go()
  })
  let pressed = []
  document.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape') {
      pressed = []
      return
    }
    pressed = [...pressed, event.timeStamp].filter((t) => event.timeStamp - t < 2000)
    if (pressed.length >= 3) go()
  })
}

// To be told in this browser. What the page shows follows from what the browser can and from what the node knows of it.
const push = document.querySelector('[data-push]')
if (push) {
  const show = (state) => {
    for (const part of push.querySelectorAll('[data-when]')) part.hidden = !part.dataset.when.split(' ').includes(state)
  }
  const register = () => navigator.serviceWorker.register(push.dataset.worker, { scope: push.dataset.scope })
  const send = (form, subscription) => {
    const { endpoint, keys } = subscription.toJSON()
    form.elements.subscription.value = JSON.stringify({ endpoint, keys: { auth: keys.auth, p256dh: keys.p256dh } })
    form.submit()
  }
  const key = (subscription) => {
    const raw = subscription.options.applicationServerKey
    return raw ? btoa(String.fromCharCode(...new Uint8Array(raw))).replace(/\+/g, '-').replace(/\//g, '_').replace(/=/g, '') : ''
  }
  const add = async (form) => {
    if ((await Notification.requestPermission()) !== 'granted') return show('denied')
    show('busy')
    const registration = await register()
    await navigator.serviceWorker.ready
    let subscription = await registration.pushManager.getSubscription()
    if (subscription && key(subscription) !== push.dataset.push) {
      await subscription.unsubscribe()
      subscription = null
    }
    // Some browsers never answer where there is no push service.
    const late = new Promise((_, give) => setTimeout(give, 30000))
    subscription ??= await Promise.race([late, registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: push.dataset.push })])
    send(form, subscription)
  }
  const stop = async (form) => {
    const subscription = await (await register()).pushManager.getSubscription()
    if (!subscription) return location.reload()
    await subscription.unsubscribe()
    send(form, subscription)
  }
  for (const form of push.querySelectorAll('form')) {
    form.addEventListener('submit', (event) => {
      event.preventDefault()
      const act = form.dataset.do === 'stop' ? stop : add
      act(form).catch(() => show('failed'))
    })
  }
  const begin = async () => {
    if (!('serviceWorker' in navigator && 'PushManager' in window && 'Notification' in window)) return show('unable')
    if (Notification.permission === 'denied') return show('denied')
    const registration = await navigator.serviceWorker.getRegistration(push.dataset.scope)
    const subscription = await registration?.pushManager.getSubscription()
    const known = subscription && [...document.querySelectorAll('[data-endpoint]')].find((at) => at.dataset.endpoint === subscription.endpoint)
    if (known) known.querySelector('[data-here]').hidden = false
    show(known && key(subscription) === push.dataset.push ? 'on' : 'off')
  }
  begin().catch(() => show('unable'))
}

// A page that nobody touches locks: the node sends it to the lock page. Shortly before, what stands in the form that was touched last is
// handed to the node, which seals it for whoever was signed in. It comes back when she has signed in here again.
const idle = document.querySelector('[data-idle]')
if (idle) {
  let touched = null
  document.addEventListener('input', ({ target }) => {
    const form = target.form
    if (form?.getAttribute('method') === 'post' && !form.querySelector('[type=password]')) touched = form
  })
  document.addEventListener('submit', () => (touched = null))
  const lock = () => {
    if (!touched?.isConnected) return
    const button = touched.querySelector('button:not([type=button]):not([type=reset])')
    const fields = new URLSearchParams()
    for (const [name, value] of new FormData(touched, button)) if (typeof value === 'string') fields.append(name, value)
    const path = button?.getAttribute('formaction') ?? touched.getAttribute('action') ?? location.pathname + location.search
    const sent = document.createElement('form')
    sent.setAttribute('method', 'post')
    sent.setAttribute('action', '/kept')
    for (const [name, value] of Object.entries({ path, fields: fields.toString() })) {
      const input = document.createElement('input')
      Object.assign(input, { type: 'hidden', name, value })
      sent.append(input)
    }
    sent.hidden = true
    document.body.append(sent)
    sent.submit()
  }
  const whole = Number(idle.dataset.idle) * 1000
  let timers = []
  const begin = () => {
    timers.forEach(clearTimeout)
    idle.hidden = true
    timers = [setTimeout(() => (idle.hidden = false), whole * 0.85), setTimeout(lock, whole * 0.97)]
  }
  idle.querySelector('button').addEventListener('click', async () => {
    const answer = await fetch('/stay', { redirect: 'error', signal: AbortSignal.timeout(8000) }).catch(() => null)
    if (!answer?.ok) return
    window.stop() // also the way to the lock page
    begin()
  })
  begin()
}
