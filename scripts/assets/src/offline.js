// Work without a network, as spec/offline.md says: new drafts of hers, sealed in this browser, and nothing else. Numbers in comments
// are its sections.

const lives = 72 * 3600e3
const idle = 15 * 60e3
const most = 10
const largest = 64 << 10
const rounds = 600000
const page = '/offline/form'

const utf8 = (s) => new TextEncoder().encode(s)
const random = (n) => crypto.getRandomValues(new Uint8Array(n))
const unbase64 = (s) => Uint8Array.from(atob(s.replace(/-/g, '+').replace(/_/g, '/')), (c) => c.charCodeAt(0))
const base64 = (b) => btoa(String.fromCharCode(...new Uint8Array(b))).replace(/\+/g, '-').replace(/\//g, '_').replace(/=/g, '')

// join is what spec/frame.md calls so: each part behind its length.
const join = (...parts) => {
  const raw = parts.map((p) => (typeof p === 'string' ? utf8(p) : p))
  const out = new Uint8Array(raw.reduce((n, p) => n + 4 + p.length, 0))
  let at = 0
  for (const p of raw) {
    new DataView(out.buffer).setUint32(at, p.length)
    out.set(p, at + 4)
    at += 4 + p.length
  }
  return out
}

const name = () => {
  const letters = '0123456789abcdefghjkmnpqrstvwxyz'
  let bits = ''
  for (const b of random(16)) bits += b.toString(2).padStart(8, '0')
  return bits.padEnd(130, '0').match(/.{5}/g).map((five) => letters[parseInt(five, 2)]).join('')
}

// What is kept: one device, and its drafts.

const answer = (request) => new Promise((ok, no) => {
  request.onsuccess = () => ok(request.result)
  request.onerror = () => no(request.error)
})
let opened
const database = () => (opened ??= (() => {
  const asked = indexedDB.open('opentrm-offline', 1)
  asked.onupgradeneeded = () => {
    asked.result.createObjectStore('device')
    asked.result.createObjectStore('draft', { keyPath: 'draft' })
  }
  return answer(asked)
})())
const change = async (act) => {
  const tx = (await database()).transaction(['device', 'draft'], 'readwrite', { durability: 'strict' })
  const done = new Promise((ok, no) => {
    tx.oncomplete = ok
    tx.onabort = tx.onerror = () => no(tx.error)
  })
  const result = await act(tx.objectStore('device'), tx.objectStore('draft'))
  await done
  return result
}
const ask = async (store, how, ...what) => answer((await database()).transaction(store).objectStore(store)[how](...what))
const device = () => ask('device', 'get', 'device')
const drafts = () => ask('draft', 'getAll')

// clock does not go back: a device whose clock is put back keeps nothing for longer.
const clock = (d) => Math.max(Date.now(), d.latest)

// The keys (2).

// touch asks one of these passkeys for its output. What it is asked for is of this device alone, and never what opens the locks of a user.
const touch = async (salt, known) => {
  const first = await crypto.subtle.digest('SHA-256', join('opentrm/offline-input/1', salt))
  const allowCredentials = known.map((id) => ({ type: 'public-key', id }))
  const signed = await navigator.credentials.get({
    publicKey: { challenge: random(32), timeout: 120000, userVerification: 'required', allowCredentials, extensions: { prf: { eval: { first } } } },
  })
  const output = signed.getClientExtensionResults().prf?.results?.first
  if (output?.byteLength !== 32) throw new Error('prf')
  return { id: base64(signed.rawId), output }
}
const second = {
  passkey: async (d) => (await touch(d.salt, [d.credential])).output,
  passphrase: async (d, passphrase) => {
    const raw = await crypto.subtle.importKey('raw', utf8(passphrase.normalize('NFKC')), 'PBKDF2', false, ['deriveBits'])
    return crypto.subtle.deriveBits({ name: 'PBKDF2', hash: 'SHA-256', salt: d.salt, iterations: rounds }, raw, 256)
  },
}
const keyOf = (d, by) => crypto.subtle.deriveKey(
  { name: 'HKDF', hash: 'SHA-256', salt: by, info: join('opentrm/offline-key/1', d.member, d.user, d.device) },
  d.share, { name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt'],
)
const bound = (d, draft, version) => new Uint8Array([1, ...join('opentrm/offline-draft/1', d.device, d.user, draft, String(version))])
const seal = async (key, d, draft, version, plain) => {
  const iv = random(12)
  const text = await crypto.subtle.encrypt({ name: 'AES-GCM', iv, additionalData: bound(d, draft, version) }, key, utf8(plain))
  return new Uint8Array([1, ...iv, ...new Uint8Array(text)])
}
const open = async (key, d, x) => {
  if (x.sealed[0] !== 1) throw new Error('algorithm')
  const place = { name: 'AES-GCM', iv: x.sealed.slice(1, 13), additionalData: bound(d, x.draft, x.version) }
  return new TextDecoder().decode(await crypto.subtle.decrypt(place, key, x.sealed.slice(13)))
}

// The page that is put aside (6), with what it is made of. It changes with the program only while no draft waits that was begun on it.
const putAside = async (from) => {
  const answered = await fetch(from, { credentials: 'omit', cache: 'no-store' })
  if (!answered.ok || answered.redirected) throw new Error('page')
  const found = new DOMParser().parseFromString(await answered.clone().text(), 'text/html').querySelector('[data-assets]').dataset.assets.split(' ')
  const kept = await caches.open('opentrm-offline')
  await kept.addAll(found)
  await kept.put(page, answered)
  for (const old of await kept.keys()) if (![page, ...found].includes(new URL(old.url).pathname)) await kept.delete(old)
}

// wipe deletes what is kept, and first the share: without it nothing opens any more. What stays says only that the node has to be told.
const wipe = async (d, why) => {
  await change((devices, all) => {
    devices.put({ device: d.device, over: why }, 'device')
    all.clear()
  })
  if (why === 'time') return
  await caches.delete('opentrm-offline')
  for (const r of await navigator.serviceWorker.getRegistrations()) if (new URL(r.scope).pathname === '/offline/') await r.unregister()
}

const post = async (path, fields) => {
  const answered = await fetch(path, { method: 'POST', body: new URLSearchParams(fields), signal: AbortSignal.timeout(30000) })
  const json = answered.headers.get('Content-Type')?.startsWith('application/json')
  return { ok: answered.ok && json, said: json ? await answered.json() : null, status: answered.status, redirected: answered.redirected }
}

// hear asks the node what to do with what is kept (5).
const hear = async () => {
  const d = await device()
  if (!d) return d
  if (!d.over && clock(d) >= d.ends) {
    await wipe(d, 'time')
    return hear()
  }
  try {
    const { ok, said } = await post('/offline/contact', { device: d.device, ...(d.over ? { gone: 'yes' } : d.passkey ? { passkey: d.passkey } : {}) })
    if (ok && !d.over && said.order === 'discard') {
      await wipe(d, 'order')
      return hear()
    }
    if (ok && d.over) await change((devices) => devices.delete('device'))
    if (ok && !d.over && said.order === 'keep' && !(await ask('draft', 'count'))) await putAside(d.page)
  } catch {
    // No network, or no node: everything stays.
  }
  return d
}

const root = document.querySelector('[data-offline]')
const part = (at) => root.querySelector(`[data-${at}]`)
const show = (state) => {
  for (const x of root.querySelectorAll('[data-when]')) x.hidden = !x.dataset.when.split(' ').includes(state)
}
const say = (...which) => {
  for (const x of root.querySelectorAll('[data-say]')) x.hidden = !which.includes(x.dataset.say)
}
const able = () => isSecureContext && 'serviceWorker' in navigator && 'indexedDB' in window && 'locks' in navigator && crypto.subtle

// ed25519 reports whether this browser can check what the node signs. Without that no copy could ever be deleted.
const ed25519 = (raw) => crypto.subtle.importKey('raw', raw, 'Ed25519', false, ['verify'])

// A passphrase that may be chosen, by the rules of spec/keys.md 5.2.
const fits = (passphrase) => {
  const letters = [...passphrase.normalize('NFKC')]
  return letters.length >= 14 && utf8(passphrase).length <= 1024 && new Set(letters).size >= 5
}

const prepare = async () => {
  const { user, member, node } = root.dataset
  try {
    await ed25519(unbase64(node))
  } catch {
    return show('unable')
  }
  const form = part('prepare')
  const touched = part('touch')
  const state = async () => {
    const d = await hear()
    if (!d || d.over) return show('ready')
    if (d.user !== user || d.member !== member) return show('other')
    await change((devices) => devices.put({ ...d, node: unbase64(node) }, 'device')) // she is signed in: this is the key of the node now
    for (const x of document.querySelectorAll('[data-device]')) x.hidden = x.dataset.device !== d.device
    show((await ask('draft', 'count')) ? 'waiting' : 'prepared')
  }
  const [passphrase, again] = form.querySelectorAll('input[type=password]')
  const byPassphrase = async () => {
    if (!fits(passphrase.value)) return say('weak')
    if (passphrase.value !== again.value) return say('differ')
    await make({ way: 'passphrase', salt: random(16) }, (d) => second.passphrase(d, passphrase.value))
  }
  const byPasskey = async () => {
    const known = new Map(touched.dataset.touch.split(' ').map((x) => x.split(':').reverse()))
    const salt = random(16)
    const { id, output } = await touch(salt, [...known.keys()].map(unbase64))
    await make({ way: 'passkey', salt, credential: unbase64(id), passkey: known.get(id) }, () => output)
  }
  const make = async (how, by) => {
    show('busy')
    const { ok, said } = await post('/offline', how.passkey ? { passkey: how.passkey } : {})
    if (!ok) {
      part('answer').textContent = said?.error ?? ''
      show('ready')
      return say('failed')
    }
    const d = {
      device: said.device, user, member, node: unbase64(node), page: said.page, ...how, latest: Date.now(),
      ends: Date.now() + lives, share: await crypto.subtle.importKey('raw', random(32), 'HKDF', false, ['deriveKey']),
    }
    const key = await keyOf(d, await by(d))
    d.check = await seal(key, d, 'check', 0, 'opentrm')
    passphrase.value = again.value = ''
    await navigator.serviceWorker.register('/offline/worker.js', { scope: '/offline/' })
    await putAside(d.page)
    await navigator.storage?.persist?.()
    await change((devices, all) => {
      devices.put(d, 'device')
      all.clear()
    })
    location.assign(page)
  }
  const press = (x, act) => x?.addEventListener('submit', (event) => {
    event.preventDefault()
    say()
    act().catch(() => {
      show('ready')
      say('failed')
    })
  })
  press(form, byPassphrase)
  press(touched, byPasskey)
  await state()
}

const work = async () => {
  let d, key, current // the device; the key of its drafts while it is unlocked; the draft that is filled in
  let last = 0 // when somebody last touched the page
  let saving = Promise.resolve()
  let busy = false
  const form = part('fill')
  const fields = part('fields')
  const list = part('list')
  const results = part('results')
  const templateOf = (x) => root.querySelector(`template[data-form="${CSS.escape(x.form)}"][data-version="${x.form_version}"]`)

  const left = () => JSON.parse(root.dataset.hours)[Math.max(0, Math.min(72, Math.floor((d.ends - clock(d)) / 3600e3)))]
  const locked = () => show(d.way === 'passkey' ? 'touch' : 'locked')
  const lock = async () => {
    if (!key) return
    await save()
    key = current = undefined
    for (const x of [fields, list, results]) x.replaceChildren()
    part('unlock').reset()
    locked()
  }
  const over = (why) => {
    key = current = undefined
    for (const x of [fields, list, results]) x.replaceChildren()
    show('over')
    say(why)
  }
  // alive locks what nobody has touched, and ends what is too old. It is asked every few seconds, and before anything is shown again.
  const alive = async () => {
    if (!d || d.over) return false
    if (clock(d) >= d.ends) {
      await wipe(d, 'time')
      d = await device()
      over('time')
      return false
    }
    if (key && Math.abs(Date.now() - last) >= idle) await lock()
    return Boolean(key)
  }

  const collect = () => {
    const all = {}
    for (const [field, value] of new FormData(form)) if (value !== '') (all[field] ??= []).push(value)
    return all
  }
  const fill = (all) => {
    for (const x of form.elements) {
      const values = all[x.name] ?? []
      if (x.type === 'radio' || x.type === 'checkbox') x.checked = values.includes(x.value)
      else if (x.name) x.value = values[0] ?? ''
    }
  }
  // save keeps what stands in the form as the next version, one after the other. Nothing replaces a version that it was not made from.
  const save = () => (saving = saving.then(async () => {
    if (!key || !current) return
    const typed = JSON.stringify(collect())
    if (typed === JSON.stringify(current.text.fields)) return
    const text = { ...current.text, version: current.text.version + 1, changed: clock(d) * 1000, fields: JSON.parse(typed) }
    const plain = JSON.stringify(text)
    const sealed = await seal(key, d, text.draft, text.version, plain)
    const was = current.text.version
    await change(async (devices, all) => {
      const there = await answer(all.get(text.draft))
      if (was > 0 && there?.version !== was) throw new Error('version')
      all.put({ draft: text.draft, version: text.version, sealed })
      devices.put({ ...d, latest: clock(d) }, 'device')
    })
    d.latest = clock(d)
    current.text = text
    part('kept').textContent = hour(new Date())
    say('kept', utf8(plain).length > largest ? 'large' : '')
  }).catch(() => say('unsaved')))

  const title = (text) => templateOf(text)?.dataset.title ?? text.form
  // Browsers do not know the dates of every language of the region: numbers are read in all of them.
  const two = (...n) => n.map((x) => String(x).padStart(2, '0'))
  const hour = (at) => two(at.getHours(), at.getMinutes()).join(':')
  const when = (text) => {
    const at = new Date(text.began / 1000)
    return `${two(at.getDate(), at.getMonth() + 1).join('.')}.${at.getFullYear()}, ${hour(at)}`
  }
  const edit = (text) => {
    current = { text }
    fields.replaceChildren(templateOf(text).content.cloneNode(true))
    part('title').textContent = title(text)
    fill(text.fields)
    say()
    show('fill')
    part('title').focus()
  }
  const overview = async () => {
    await save()
    current = undefined
    fields.replaceChildren()
    const rows = []
    for (const x of await drafts()) {
      const row = part('item').content.cloneNode(true)
      const at = (what) => row.querySelector(`[data-${what}]`)
      try {
        const text = JSON.parse(await open(key, d, x))
        at('name').textContent = title(text)
        at('time').textContent = when(text)
        at('open').addEventListener('click', () => edit(text))
        if (!templateOf(text)) at('open').hidden = true
      } catch {
        at('name').textContent = x.draft
        at('open').hidden = true
        at('broken').hidden = false
      }
      at('left').textContent = left()
      at('one').dataset.draft = x.draft
      at('discard').addEventListener('click', async () => {
        if (!confirm(root.dataset.sure)) return
        await change((_, all) => all.delete(x.draft))
        overview()
      })
      rows.push(row)
    }
    list.replaceChildren(...rows)
    for (const b of root.querySelectorAll('[data-begin]')) b.disabled = rows.length >= most
    part('send').disabled = !rows.length
    say(rows.length ? '' : 'empty', rows.length >= most ? 'many' : '')
    show('list')
  }
  const begin = async (button) => {
    if ((await ask('draft', 'count')) >= most) return overview()
    const { form: of, version, member, edition } = button.dataset
    const now = clock(d) * 1000
    const text = { schema: 'opentrm/offline-draft/1', device: d.device, draft: name(), version: 0, form: of, form_version: Number(version), began: now, changed: now, fields: {} }
    if (member) text.additions = { member, version: Number(edition) }
    edit(text)
  }

  // taken reports whether the node has signed that it has taken exactly this (4).
  const taken = async (signed, raw, text) => {
    const signature = unbase64(signed.signature)
    if (signature.length !== 66 || signature[0] !== 1 || signature[65] !== 0) return null
    const over = join('opentrm/offline/1', signed.answer)
    if (!(await crypto.subtle.verify('Ed25519', await ed25519(d.node), signature.slice(1, 65), over))) return null
    const a = JSON.parse(signed.answer)
    const digest = base64(await crypto.subtle.digest('SHA-256', utf8(raw)))
    const same = a.schema === 'opentrm/offline-answer/1' && a.member === d.member && a.device === d.device && a.draft === text.draft && a.version === text.version && a.digest === digest
    return same ? a : null
  }
  const result = (text, path, which) => {
    const row = part('result').content.cloneNode(true)
    row.querySelector('[data-name]').textContent = `${title(text)}, ${when(text)}`
    for (const x of row.querySelectorAll('[data-outcome]')) x.hidden = x.dataset.outcome !== which
    for (const x of row.querySelectorAll('a')) x.href = path
    results.append(row)
  }
  const send = async () => {
    say('sending')
    for (const x of await drafts()) {
      let raw
      try {
        raw = await open(key, d, x)
      } catch {
        continue // it stays, and is said to be broken
      }
      const text = JSON.parse(raw)
      let got
      try {
        got = await post('/offline/drafts', { draft: raw })
      } catch {
        return say('unreached')
      }
      if (got.redirected || (!got.said && got.status < 500)) return say('signin')
      if (!got.ok) {
        if (got.said?.fresh) return say('signin')
        await overview()
        const row = list.querySelector(`[data-draft="${x.draft}"] [data-refused]`)
        row.textContent = got.said?.error ?? ''
        row.hidden = false
        if (!got.said) return say('unreached')
        continue
      }
      const a = await taken(got.said, raw, text)
      if (!a) return say('unsigned')
      const gone = await change(async (_, all) => {
        const there = await answer(all.get(x.draft))
        if (there?.version !== x.version) return false // written on in the meantime: what is newer stays
        all.delete(x.draft)
        return true
      })
      if (gone) result(text, a.outcome === 'beside' ? `/offline/drafts/${a.draft}` : `/cases/${a.case}`, a.outcome)
    }
    const refused = [...list.querySelectorAll('[data-refused]:not([hidden])')].map((x) => [x.closest('[data-draft]').dataset.draft, x.textContent])
    await overview()
    for (const [draft, why] of refused) {
      const row = list.querySelector(`[data-draft="${draft}"] [data-refused]`)
      if (row) Object.assign(row, { textContent: why, hidden: false })
    }
  }

  const unlock = async () => {
    const typed = part('unlock').querySelector('input[type=password]')
    say('opening')
    let found
    try {
      found = await keyOf(d, await second[d.way](d, typed.value))
      await open(found, d, { draft: 'check', version: 0, sealed: d.check })
    } catch {
      return say(d.way === 'passkey' ? 'untouched' : 'wrong')
    }
    typed.value = ''
    key = found
    last = Date.now()
    await overview()
  }

  for (const event of ['pointerdown', 'keydown', 'input']) document.addEventListener(event, () => (last = Date.now()))
  setInterval(alive, 5000)
  document.addEventListener('visibilitychange', () => (document.hidden ? save() : alive()))
  window.addEventListener('pagehide', save)
  window.addEventListener('online', () => hear().then((now) => now?.over && over((d = now).over)))
  let soon
  form.addEventListener('input', () => {
    clearTimeout(soon)
    soon = setTimeout(save, 500)
  })
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    overview()
  })
  for (const x of [part('unlock'), part('touch')]) {
    x.addEventListener('submit', (event) => {
      event.preventDefault()
      unlock()
    })
  }
  const acts = {
    send,
    lock,
    all: async () => {
      if (!confirm(root.dataset.sure)) return
      await wipe(d, 'own')
      d = await hear()
      over('own')
    },
  }
  root.addEventListener('click', async (event) => {
    const b = event.target.closest('[data-do],[data-begin]')
    if (!b || b.disabled) return
    if (b.dataset.do === 'all') return acts.all()
    if (!(await alive())) return
    if (b.dataset.begin !== undefined) return begin(b)
    if (busy) return
    busy = true
    await acts[b.dataset.do]().finally(() => (busy = false))
  })

  // Only one page at a time writes.
  const alone = await new Promise((ok) => {
    navigator.locks.request('opentrm-offline', { ifAvailable: true }, (held) => {
      ok(Boolean(held))
      return held && new Promise(() => {})
    })
  })
  if (!alone) return show('elsewhere')
  d = await device()
  if (d && !d.over && clock(d) < d.ends) {
    locked()
    hear().then((now) => {
      if (now?.over) {
        d = now
        over(now.over)
      }
    })
  } else {
    d = await hear()
    if (d?.over) over(d.over)
    else show('none')
  }
}

if (root) {
  const act = root.dataset.offline === 'prepare' ? prepare : work
  if (able()) act().catch(() => show('unable'))
  else show('unable')
}
