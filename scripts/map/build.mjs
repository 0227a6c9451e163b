// Draws the members and their neighbours once, from Natural Earth (public domain) as package world-atlas brings it, into the small file
// that internal/chart embeds: an outline for each country, the borders between them, and apart from these the line that is
// drawn as neutral. Deterministic: the same source gives the same bytes.
//
//	npm ci && node build.mjs
import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = dirname(fileURLToPath(import.meta.url))
const out = process.argv[2] || join(here, '..', '..', 'internal', 'chart', 'data', 'region.json')
const topo = JSON.parse(readFileSync(join(here, 'node_modules', 'world-atlas', 'countries-50m.json')))

// By the numbers of ISO 3166-1. Natural Earth gives Kosovo* no number.
const codes = {
  '008': 'AL', '070': 'BA', '100': 'BG', '191': 'HR', '498': 'MD', '499': 'ME', '807': 'MK', '642': 'RO', '688': 'RS', '705': 'SI',
  '040': 'AT', '348': 'HU', '380': 'IT', '300': 'GR', '792': 'TR', '804': 'UA', '703': 'SK', '616': 'PL',
}
const members = ['AL', 'BA', 'BG', 'HR', 'MD', 'ME', 'MK', 'RO', 'RS', 'SI', 'XK']
const west = 12.5, east = 30.6, south = 39, north = 48.9, width = 600
const squeeze = Math.cos((44 * Math.PI) / 180)
const scale = width / ((east - west) * squeeze)
const height = Math.round((north - south) * scale)

const { scale: [kx, ky], translate: [tx, ty] } = topo.transform
const project = ([lon, lat]) => [(lon - west) * squeeze * scale, (north - lat) * scale]

// The lines between countries are cut down once each, so that what two share stays shared.
function simplify(line, tolerance) {
  if (line.length < 3) return line
  const [a, b] = [line[0], line[line.length - 1]]
  let far = 0, at = 0
  for (let i = 1; i < line.length - 1; i++) {
    const [dx, dy] = [b[0] - a[0], b[1] - a[1]]
    const length = Math.hypot(dx, dy)
    const [px, py] = [line[i][0] - a[0], line[i][1] - a[1]]
    const d = length < 1e-9 ? Math.hypot(px, py) : Math.abs(px * dy - py * dx) / length
    if (d > far) [far, at] = [d, i]
  }
  if (far <= tolerance) return [a, b]
  return [...simplify(line.slice(0, at + 1), tolerance).slice(0, -1), ...simplify(line.slice(at), tolerance)]
}

const arcs = topo.arcs.map((arc) => {
  let [x, y] = [0, 0]
  const points = arc.map(([dx, dy]) => project([(x += dx) * kx + tx, (y += dy) * ky + ty]))
  return simplify(points, 1.1)
})
const arc = (i) => (i < 0 ? [...arcs[~i]].reverse() : arcs[i])

// clip cuts a ring at one side of the picture after the other.
function clip(ring) {
  const sides = [[0, 0, 1], [0, width, -1], [1, 0, 1], [1, height, -1]]
  for (const [axis, limit, sign] of sides) {
    const inside = (p) => (p[axis] - limit) * sign >= 0
    const next = []
    ring.forEach((p, i) => {
      const q = ring[(i + ring.length - 1) % ring.length]
      if (inside(p) !== inside(q)) {
        const t = (limit - q[axis]) / (p[axis] - q[axis])
        next.push([q[0] + t * (p[0] - q[0]), q[1] + t * (p[1] - q[1])])
      }
      if (inside(p)) next.push(p)
    })
    ring = next
    if (ring.length === 0) return ring
  }
  return ring
}

function path(points, close) {
  let d = '', last = null
  for (const p of points) {
    const q = p.map(Math.round)
    if (last && q[0] === last[0] && q[1] === last[1]) continue
    const [x, y] = last ? [q[0] - last[0], q[1] - last[1]] : q
    d += last ? (d.includes('l') ? (x < 0 ? '' : ' ') : 'l') + x + (y < 0 ? '' : ' ') + y : `M${x} ${y}`
    last = q
  }
  return d + (close ? 'z' : '')
}
const area = (ring) => Math.abs(ring.reduce((s, p, i) => s + p[0] * ring[(i + 1) % ring.length][1] - p[1] * ring[(i + 1) % ring.length][0], 0)) / 2

// Where the middle of a country is not within it, its letters stand here.
const letters = { HR: [150, 152], AL: [252, 352] }

const shapes = [], owners = new Map()
for (const g of topo.objects.countries.geometries) {
  const code = codes[g.id] || (g.properties.name === 'Kosovo' ? 'XK' : '')
  if (!code) continue
  const polygons = g.type === 'Polygon' ? [g.arcs] : g.arcs
  let d = '', biggest = [], size = 0
  for (const polygon of polygons) {
    polygon.forEach((ring, n) => {
      for (const i of ring) owners.set(i < 0 ? ~i : i, [...(owners.get(i < 0 ? ~i : i) || []), code])
      const whole = clip(ring.flatMap((i) => arc(i).slice(0, -1)))
      if (whole.length < 3 || area(whole) < 12) return
      d += path(whole, true)
      if (n === 0 && area(whole) > size) [size, biggest] = [area(whole), whole]
    })
  }
  if (!d) continue
  const shape = { code, d }
  if (members.includes(code)) {
    const xs = biggest.map((p) => p[0]), ys = biggest.map((p) => p[1])
    shape.x = Math.round((Math.min(...xs) + Math.max(...xs)) / 2)
    shape.y = Math.round((Math.min(...ys) + Math.max(...ys)) / 2)
    if (letters[code]) [shape.x, shape.y] = letters[code]
  }
  shapes.push(shape)
}
shapes.sort((a, b) => (a.code < b.code ? -1 : 1))

// What two countries share is a border; what divides Serbia and Kosovo* is drawn as a line that takes no side.
const within = (line) => line.some(([x, y]) => x >= 0 && x <= width && y >= 0 && y <= height)
let borders = '', neutral = ''
for (const [i, who] of [...owners].sort((a, b) => a[0] - b[0])) {
  if (who.length < 2 || !within(arcs[i])) continue
  const d = path(arcs[i], false)
  if (who.includes('XK') && who.includes('RS')) neutral += d
  else borders += d
}
writeFileSync(out, JSON.stringify({
  source: 'Natural Earth 1:50m, public domain, by world-atlas 2.0.2', width, height, shapes, borders, neutral,
}, null, '\t') + '\n')
