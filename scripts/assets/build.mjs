// Builds what internal/web/asset embeds: one style sheet, one script, the worker
// that shows what is pushed, the script of the pages on which passkeys are used, the font by script and weight, the
// logo; each under a name that holds the hash of its content, text also compressed. Deterministic: the
// same sources give the same bytes.
//
//	npm ci && node build.mjs
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { constants, gzipSync } from 'node:zlib'
import postcss from 'postcss'
import selectors from 'postcss-selector-parser'
import * as sass from 'sass'
import subset from 'subset-font'

const here = dirname(fileURLToPath(import.meta.url))
const out = join(here, '..', '..', 'internal', 'web', 'asset', 'dist')
const manifest = {}

mkdirSync(out, { recursive: true })
for (const f of readdirSync(out)) rmSync(join(out, f))

function add(name, content) {
  const body = Buffer.from(content)
  const dot = name.lastIndexOf('.')
  const hashed = `${name.slice(0, dot)}-${createHash('sha256').update(body).digest('hex').slice(0, 16)}${name.slice(dot)}`
  writeFileSync(join(out, hashed), body)
  if (!name.endsWith('.woff2')) {
    const zipped = gzipSync(body, { level: constants.Z_BEST_COMPRESSION })
    zipped[9] = 255 // "unknown system", so that every machine writes the same bytes
    writeFileSync(join(out, hashed + '.gz'), zipped)
  }
  manifest[name] = hashed
  return hashed
}

const range = (from, to) => Array.from({ length: to - from + 1 }, (_, i) => String.fromCodePoint(from + i)).join('')
// The letters of the languages of the region and its neighbours, and the signs that texts use.
const scripts = {
  latin: range(0x20, 0x7e) + range(0xa0, 0xff) + 'ıŒœʻʼˆ˚˜' + range(0x2010, 0x2015) + '‘’‚“”„†•…‰′″‹›€™↑↓−\u2009\u200b\u202f',
  'latin-ext': range(0x100, 0x17f) + range(0x218, 0x21b) + 'ẞ',
  cyrillic: range(0x400, 0x45f) + 'Ґґ№\u0301',
  greek: range(0x370, 0x3ff),
}
const fonts = {}
for (const [script, letters] of Object.entries(scripts)) {
  for (const weight of [400, 700]) {
    const whole = readFileSync(join(here, 'node_modules', '@fontsource', 'noto-sans', 'files', `noto-sans-${script}-${weight}-normal.woff2`))
    fonts[`noto-${script}-${weight}.woff2`] = add(`noto-${script}-${weight}.woff2`, await subset(whole, letters, { targetFormat: 'woff2' }))
  }
}

// What govuk-frontend brings and no page has goes. A page has a class if it is named in what makes pages: in a template, in code, in a
// script; or if it is what such a text puts together: "trm-bars__fill--" and a word, or any class of a field and "--error". Rules without a class stay.
function sources(dir) {
  return readdirSync(dir, { withFileTypes: true }).flatMap((e) => {
    const at = join(dir, e.name)
    if (e.isDirectory()) return ['dist', 'node_modules', 'testdata'].includes(e.name) ? [] : sources(at)
    return /\.(templ|go|js)$/.test(e.name) && !/(_test|_templ)\.go$/.test(e.name) ? [readFileSync(at, 'utf8')] : []
  })
}
const named = new Set([...sources(join(here, '..', '..', 'internal')), ...sources(join(here, 'src'))].join('\n').match(/(?:govuk|trm)-[\w-]+/g))
const parts = [...named].filter((n) => /--(width-)?$/.test(n))
function had(name) {
  return !/^(govuk|trm)-/.test(name) || named.has(name) || parts.some((p) => name.startsWith(p)) || (name.endsWith('--error') && named.has(name.slice(0, -'--error'.length)))
}
function without(css) {
  const root = postcss.parse(css)
  root.walkRules((rule) => {
    if (rule.parent.name === 'keyframes') return
    const kept = selectors((list) => {
      list.each((one) => {
        let gone = false
        one.walkClasses((c) => { if (c.parent.parent === list && !had(c.value)) gone = true }) // one within :not() takes nothing away
        if (gone) one.remove()
      })
    }).processSync(rule.selector)
    if (kept) rule.selector = kept
    else rule.remove()
  })
  for (let empty = true; empty;) {
    empty = false
    root.walkAtRules((at) => { if (at.nodes?.length === 0) { at.remove(); empty = true } })
  }
  return root.toString()
}

let css = without(sass.compile(join(here, 'src', 'app.scss'), { style: 'compressed' }).css)
for (const [name, hashed] of Object.entries(fonts)) css = css.replaceAll(name, hashed)
add('app.css', css)
// Comments and indentation go; names stay readable for whoever inspects the node.
for (const name of ['app.js', 'worker.js', 'passkey.js', 'offline.js', 'offline-worker.js']) {
  add(name, readFileSync(join(here, 'src', name), 'utf8').replace(/^\s*\/\/.*\n/gm, '').replace(/^\s+/gm, ''))
}
add('logo.svg', readFileSync(join(here, 'src', 'logo.svg')))
writeFileSync(join(out, 'LICENSE-noto.txt'), readFileSync(join(here, 'node_modules', '@fontsource', 'noto-sans', 'LICENSE')))
writeFileSync(join(out, 'LICENSE-govuk-frontend.txt'), readFileSync(join(here, 'LICENSE-govuk-frontend.txt')))
writeFileSync(join(out, 'manifest.json'), JSON.stringify(manifest, null, '\t') + '\n')
