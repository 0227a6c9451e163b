// Writes the tables of names and patterns that package lang embeds, one file per language, from the
// Unicode CLDR data inside Node's Intl. Run it when a language is added or the CLDR version rises:
//
//	node scripts/cldr/generate.mjs
//
// Nothing at run time depends on Node. Where usage in the region differs from CLDR, the difference is
// stated in `overrides` with its reason, never edited into the output.
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'internal', 'lang')
const languages = ['en', 'fr', 'sq', 'bs', 'bg', 'hr', 'el', 'mk', 'cnr', 'ro', 'sr', 'sr-Latn', 'sl', 'tr', 'uk', 'ru', 'ar', 'hu']

// Intl's "en" is American; the network writes day before month and a 24-hour clock. What CLDR has for
// Montenegro is Serbian in Latin letters, and ekavian; the names of Bosnian are written as Montenegrin writes them.
// Arabic is written with the digits that every paper of the region has.
const base = { en: 'en-GB', cnr: 'bs', sr: 'sr-Cyrl', ar: 'ar-u-nu-latn' }
// Its months are not those of Bosnian.
const calendar = { cnr: 'sr-Latn-ME' }

const overrides = {
  // The footnote mark is not here: it is the first word of the note, lang.country.XK, and package lang puts it to the name.
  // CLDR has no name for Montenegrin, and for Romani in some languages none that Roma use of themselves.
  en: { countries: { XK: 'Kosovo' }, languages: { cnr: 'Montenegrin', rom: 'Romani' } },
  fr: { languages: { cnr: 'monténégrin', rom: 'romani' } },
  sq: { languages: { cnr: 'malazezisht', rom: 'romani' } },
  bs: { languages: { cnr: 'crnogorski', rom: 'romski' } },
  bg: { languages: { cnr: 'черногорски', rom: 'ромски' } },
  hr: { languages: { cnr: 'crnogorski', rom: 'romski' } },
  el: { languages: { cnr: 'μαυροβουνιακά', rom: 'ρομανί' } },
  mk: { countries: { XK: 'Косово' }, languages: { cnr: 'црногорски', rom: 'ромски' } },
  cnr: { languages: { cnr: 'crnogorski', rom: 'romski' } },
  ro: { languages: { cnr: 'muntenegreană', rom: 'romani' } },
  sr: { languages: { cnr: 'црногорски', rom: 'ромски' } },
  'sr-Latn': { languages: { cnr: 'crnogorski', rom: 'romski' } },
  sl: { languages: { cnr: 'črnogorščina', rom: 'romščina' } },
  tr: { languages: { cnr: 'Karadağca', rom: 'Romanca' } },
  uk: { languages: { cnr: 'чорногорська', rom: 'ромська' } },
  ru: { languages: { cnr: 'черногорский', rom: 'цыганский (романи)' } },
  ar: { languages: { cnr: 'لغة الجبل الأسود', rom: 'الغجرية (روماني)' } },
  hu: { languages: { cnr: 'montenegrói', rom: 'romani' } },
}

// CLDR knows nothing of Romani. These names were written for the drafts of its texts, and await the same reviewer; countries and
// languages that are not here are named in English.
const romani = {
  source: 'written by hand: CLDR has no Romani; awaits review with docs/languages/rom.md',
  tag: 'rom',
  plurals: ['one', 'other'],
  months: ['januaro', 'februaro', 'marto', 'aprilo', 'majo', 'juno', 'julo', 'avgusto', 'septembro', 'oktobro', 'novembro', 'decembro'],
  monthsAlone: ['januaro', 'februaro', 'marto', 'aprilo', 'majo', 'juno', 'julo', 'avgusto', 'septembro', 'oktobro', 'novembro', 'decembro'],
  weekdays: ['kurko', 'luja', 'marci', 'tetradji', 'žoja', 'paraštuji', 'savato'],
  patterns: {
    date: '{day}. {month} {year}', dateShort: '{day}.{month}.{year}', monthYear: '{month} {year}', time: '{hour}:{minute}',
    dateTime: '{day}. {month} {year}, {hour}:{minute}',
  },
  number: { group: '.', decimal: ',', minus: '\u2212', groupFrom: 5, percent: '{n}\u00a0%' },
  and: { pair: ' thaj ', middle: ', ', last: ' thaj ' },
  or: { pair: ' vaj ', middle: ', ', last: ' vaj ' },
  units: Object.fromEntries(Object.entries({
    minute: ['minuto', 'minute'], hour: ['časo', 'časura'], day: ['djes', 'djesa'], month: ['čhon', 'čhona'], year: ['berš', 'berša'],
  }).map(([unit, [one, other]]) => [unit, {
    length: { one: `{n} ${one}`, other: `{n} ${other}` },
    past: { one: `angla {n} ${one}`, other: `angla {n} ${other}` },
    future: { one: `pala {n} ${one}`, other: `pala {n} ${other}` },
  }])),
  languages: {
    ar: 'arapikani čhib', bg: 'bulgarikani čhib', bs: 'bosnikani čhib', cnr: 'montenegrikani čhib', de: 'njamcicko čhib', el: 'grekikani čhib', en: 'anglikani čhib',
    fr: 'francuzikani čhib', hr: 'horvatikani čhib', hu: 'ungrikani čhib', it: 'italikani čhib', mk: 'makedonikani čhib', ro: 'rumunikani čhib', rom: 'romani čhib',
    ru: 'rusikani čhib', sl: 'slovenikani čhib', sq: 'albanikani čhib', sr: 'serbikani čhib', 'sr-Latn': 'serbikani čhib (latinica)', tr: 'turkikani čhib', uk: 'ukrainikani čhib',
  },
  countries: {
    AL: 'Albania', AT: 'Austria', BA: 'Bosna thaj Hercegovina', BG: 'Bulgaria', CH: 'Švajcaria', DE: 'Germania', FR: 'Francia', GB: 'Anglia', GR: 'Grecia', HR: 'Horvatia',
    HU: 'Ungaria', IT: 'Italia', MD: 'Moldavia', ME: 'Montenegro', MK: 'Utarali Makedonia', PL: 'Polonia', RO: 'Rumunia', RS: 'Serbia', RU: 'Rusia', SI: 'Slovenia',
    SK: 'Slovakia', SY: 'Siria', TR: 'Turkia', UA: 'Ukraina', XK: 'Kosovo',
  },
}

// Languages that people served, desks and interpreters of the region name, beyond the two-letter codes.
const moreLanguages = ['rom', 'rup', 'zlm', 'ckb', 'prs', 'tzm', 'sgn', 'fil', 'kmr', 'cnr', 'sr-Latn', 'sr-Cyrl', 'tig', 'gag']

const letters = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ']
const pairs = letters.flatMap((a) => letters.map((b) => a + b))
// Codes that Intl names but that are no present country, or groupings.
const notCountries = new Set(['AC', 'AN', 'BU', 'CP', 'CQ', 'CS', 'DD', 'DG', 'DY', 'EA', 'EU', 'EZ', 'FQ', 'FX', 'HV', 'IC', 'JT', 'MI', 'NH', 'NQ', 'NT', 'PC', 'PU', 'PZ', 'QO', 'QU', 'RH', 'SU', 'TA', 'TP', 'UK', 'UN', 'VD', 'WK', 'XA', 'XB', 'YD', 'YU', 'ZR', 'ZZ'])

function countries(tag) {
  const names = new Intl.DisplayNames(tag, { type: 'region', fallback: 'none' })
  return Object.fromEntries(pairs.filter((c) => !notCountries.has(c)).map((c) => [c, names.of(c)]).filter(([, n]) => n))
}

function languageNames(tag) {
  const names = new Intl.DisplayNames(tag, { type: 'language', fallback: 'none', languageDisplay: 'standard' })
  const codes = [...pairs.map((p) => p.toLowerCase()), ...moreLanguages]
  return Object.fromEntries(codes.map((c) => {
    try {
      return [c, Intl.getCanonicalLocales(c)[0] === c ? names.of(c) : undefined]
    } catch {
      return [c, undefined]
    }
  }).filter(([, n]) => n).sort(([a], [b]) => (a < b ? -1 : 1)))
}

// pattern turns formatted parts back into a pattern with {day} and the like.
function pattern(tag, options) {
  const parts = new Intl.DateTimeFormat(tag, { ...options, timeZone: 'UTC', hourCycle: options.hour ? 'h23' : undefined }).formatToParts(Date.UTC(2026, 10, 23, 18, 34))
  return parts.map((p) => (p.type === 'literal' ? p.value.replace(/\u202f/g, '\u00a0') : `{${p.type}}`)).join('')
}

function months(tag, options) {
  return Array.from({ length: 12 }, (_, m) => new Intl.DateTimeFormat(tag, { ...options, timeZone: 'UTC' }).formatToParts(Date.UTC(2026, m, 5)).find((p) => p.type === 'month').value)
}

function weekdays(tag) {
  // 2026-11-22 is a Sunday; time.Sunday is 0.
  return Array.from({ length: 7 }, (_, d) => new Intl.DateTimeFormat(tag, { weekday: 'long', timeZone: 'UTC' }).format(Date.UTC(2026, 10, 22 + d)))
}

// forms collects what format(n) gives for each plural category, with the number replaced by {n}.
function forms(tag, format) {
  const rules = new Intl.PluralRules(tag)
  const found = {}
  for (const n of [...Array(1001).keys(), 1000000]) { // French has a form for millions
    found[rules.select(n)] ??= format(n)
  }
  return found
}

const units = ['minute', 'hour', 'day', 'month', 'year']

function unitForms(tag) {
  const out = {}
  for (const unit of units) {
    const length = new Intl.NumberFormat(tag, { style: 'unit', unit, unitDisplay: 'long' })
    const relative = new Intl.RelativeTimeFormat(tag, { numeric: 'always' })
    const text = (parts) => parts.map((p) => (p.type === 'integer' ? '{n}' : p.type === 'group' ? '' : p.value)).join('').replace(/(\{n\})+/, '{n}')
    out[unit] = {
      length: forms(tag, (n) => text(length.formatToParts(n))),
      past: forms(tag, (n) => text(relative.formatToParts(-n, unit))),
      future: forms(tag, (n) => text(relative.formatToParts(n, unit))),
    }
  }
  return out
}

function list(tag, type) {
  const two = new Intl.ListFormat(tag, { type }).formatToParts(['a', 'b'])
  const four = new Intl.ListFormat(tag, { type }).formatToParts(['a', 'b', 'c', 'd']).filter((p) => p.type === 'literal')
  return { pair: two.find((p) => p.type === 'literal').value, middle: four[0].value, last: four.at(-1).value }
}

function number(tag) {
  const parts = new Intl.NumberFormat(tag, { minimumFractionDigits: 1 }).formatToParts(-1234567.5)
  const pick = (type) => parts.find((p) => p.type === type).value.replace(/\u202f/g, '\u00a0')
  const percent = new Intl.NumberFormat(tag, { style: 'percent' }).formatToParts(0.25)
  return {
    group: pick('group'),
    decimal: pick('decimal'),
    minus: '\u2212',
    // How many digits before the first group sign appears: 4 ("1,234") or 5 ("1234", "12 345").
    groupFrom: new Intl.NumberFormat(tag).format(1234).length > 4 ? 4 : 5,
    percent: percent.map((p) => (p.type === 'integer' ? '{n}' : p.value)).join(''),
  }
}

// What Intl says for many counts, so that the Go tests can compare engines.
function samples(tag) {
  const rules = new Intl.PluralRules(tag)
  const counts = [...Array(130).keys(), 200, 211, 221, 1000, 1001, 1011, 1021, 1000000]
  return Object.fromEntries(counts.map((n) => [n, rules.select(n)]))
}

mkdirSync(join(root, 'cldr'), { recursive: true })
mkdirSync(join(root, 'testdata'), { recursive: true })
for (const tag of languages) {
  const from = base[tag] ?? tag
  const table = {
    source: `Unicode CLDR ${process.versions.cldr} (ICU ${process.versions.icu}), Unicode License v3; written by scripts/cldr/generate.mjs`,
    tag,
    plurals: new Intl.PluralRules(from).resolvedOptions().pluralCategories,
    months: months(calendar[tag] ?? from, { day: 'numeric', month: 'long' }),
    monthsAlone: months(calendar[tag] ?? from, { month: 'long' }),
    weekdays: weekdays(from),
    patterns: {
      date: pattern(from, { day: 'numeric', month: 'long', year: 'numeric' }),
      dateShort: pattern(from, { day: '2-digit', month: '2-digit', year: 'numeric' }),
      monthYear: pattern(from, { month: 'long', year: 'numeric' }),
      time: pattern(from, { hour: '2-digit', minute: '2-digit' }),
      dateTime: pattern(from, { day: 'numeric', month: 'long', year: 'numeric', hour: '2-digit', minute: '2-digit' }),
    },
    number: number(from),
    and: list(from, 'conjunction'),
    or: list(from, 'disjunction'),
    units: unitForms(from),
    languages: { ...languageNames(from), ...overrides[tag]?.languages },
    countries: { ...countries(from), ...overrides[tag]?.countries },
  }
  writeFileSync(join(root, 'cldr', `${tag}.json`), JSON.stringify(table, null, '\t') + '\n')
  writeFileSync(join(root, 'testdata', `plural_${tag}.json`), JSON.stringify(samples(from)) + '\n')
}
writeFileSync(join(root, 'cldr', 'rom.json'), JSON.stringify(romani, null, '\t') + '\n')
writeFileSync(join(root, 'testdata', 'plural_rom.json'), JSON.stringify(samples('en')) + '\n')

// plurals writes the form that each count needs, in every language of which CLDR has a rule: a node may add any language. A rule looks at
// the count itself or at its last two digits, and in some languages at whole millions; so a rule is the forms of 0 to 199, a sign for each
// (counts from 200 on are said as those from 100 on with the same two digits), and the form of a million. Cornish, which looks at more digits,
// is left out and counts as English does.
const signs = { zero: '0', one: '1', two: '2', few: 'f', many: 'm', other: '.' }

function rule(tag) {
  const rules = new Intl.PluralRules(tag)
  const sign = (n) => signs[rules.select(n)]
  const counts = Array.from({ length: 200 }, (_, n) => sign(n)).join('')
  for (const n of [...Array(3000).keys(), 9999, 10000, 10002, 100000, 123456, 999999, 1000001, 1000002, 1500000]) {
    if (n >= 200 && sign(n) !== counts[100 + (n % 100)]) {
      return undefined
    }
  }
  return sign(1000000) === sign(2000000) ? `${counts} ${sign(1000000)}` : undefined
}

// Languages of which CLDR says that they have one form. Of others ICU says so, too, when it knows no rule.
const oneForm = new Set(['bm', 'bo', 'dz', 'hnj', 'id', 'ig', 'ii', 'ja', 'jbo', 'jv', 'kde', 'kea', 'km', 'ko', 'lkt', 'lo', 'ms', 'my', 'nqo', 'osa', 'sah', 'ses', 'sg', 'su', 'th', 'to', 'tpi', 'vi', 'wo', 'yo', 'yue', 'zh'])

function plurals() {
  const codes = [...pairs.map((p) => p.toLowerCase()), ...pairs.flatMap((p) => letters.map((l) => (p + l).toLowerCase())), 'pt-PT']
  const by = {}
  for (const code of codes) {
    if (Intl.PluralRules.supportedLocalesOf(code).length === 0 || Intl.getCanonicalLocales(code)[0] !== code) {
      continue
    }
    const said = rule(code)
    if (said === undefined || (/^\.+ \.$/.test(said) && !oneForm.has(code))) {
      console.error(`no rule of ${code}`)
      continue
    }
    (by[said] ??= []).push(code)
  }
  return Object.entries(by).sort(([, [a]], [, [b]]) => (a < b ? -1 : 1)).map(([said, of]) => {
    const [counts, million] = said.split(' ')
    return { of, counts, million }
  })
}

writeFileSync(join(root, 'cldr', 'plurals.json'), JSON.stringify({
  source: `Unicode CLDR ${process.versions.cldr} (ICU ${process.versions.icu}), Unicode License v3; written by scripts/cldr/generate.mjs`,
  rules: plurals(),
}, null, '\t') + '\n')
