// Passkeys: what the page asks for is written in its form, what the browser answers is written into it and sent. Without this
// script the form stays hidden, and the page says how else to sign in.
const form = document.querySelector('[data-passkey]')
const show = (state) => {
  for (const part of document.querySelectorAll('[data-when]')) part.hidden = !part.dataset.when.split(' ').includes(state)
}
const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), (c) => c.charCodeAt(0))
const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, '-').replace(/\//g, '_').replace(/=/g, '')
const fill = (fields) => {
  for (const [name, value] of Object.entries(fields)) form.elements[name].value = typeof value === 'string' || typeof value === 'number' ? value : text(value)
}
const asked = form.dataset
const common = { challenge: bytes(asked.challenge), timeout: 120000, extensions: { prf: { eval: { first: bytes(asked.input) } } } }
class Closed extends Error {}

const sign = async (allowCredentials) => {
  const signed = await navigator.credentials.get({ publicKey: { ...common, rpId: asked.site, allowCredentials, userVerification: 'required' } })
  const output = signed.getClientExtensionResults().prf?.results?.first
  if (!output) throw new Closed()
  return [signed, output]
}

const use = async () => {
  const [signed, output] = await sign([])
  const r = signed.response
  fill({ id: signed.rawId, data: r.authenticatorData, client: r.clientDataJSON, signature: r.signature, handle: r.userHandle ?? '', output })
}

// A new passkey signs once at once: so it is known that it opens, before anybody relies on it.
const make = async () => {
  const made = await navigator.credentials.create({
    publicKey: {
      ...common,
      rp: { id: asked.site, name: 'OpenTRM' },
      user: { id: new TextEncoder().encode(asked.handle), name: asked.login, displayName: asked.login },
      pubKeyCredParams: asked.algorithms.split(' ').map((alg) => ({ type: 'public-key', alg: Number(alg) })),
      excludeCredentials: asked.known.split(' ').filter(Boolean).map((id) => ({ type: 'public-key', id: bytes(id) })),
      authenticatorSelection: { residentKey: 'required', requireResidentKey: true, userVerification: 'required' },
      attestation: 'none',
    },
  })
  if (!made.getClientExtensionResults().prf?.enabled) throw new Closed()
  const r = made.response
  const key = r.getPublicKey()
  if (!key) throw new Closed()
  const [signed, output] = await sign([{ type: 'public-key', id: made.rawId, transports: r.getTransports?.() ?? [] }])
  fill({
    id: made.rawId, key, algorithm: r.getPublicKeyAlgorithm(), made: r.getAuthenticatorData(), 'made-client': r.clientDataJSON,
    data: signed.response.authenticatorData, client: signed.response.clientDataJSON, signature: signed.response.signature, output,
  })
}

if (!window.PublicKeyCredential || !navigator.credentials) show('unable')
else {
  show('able')
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    show('busy')
    const act = asked.passkey === 'make' ? make : use
    act().then(() => form.submit(), (error) => show(error instanceof Closed ? 'closed' : error.name === 'InvalidStateError' ? 'taken' : 'failed'))
  })
}
