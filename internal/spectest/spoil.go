package spectest

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// change is a text that differs from a good one in one place.
type change struct {
	path string // "receipts[].receipt.stage"; empty: the whole
	name string
	text []byte
}

// maker makes changes.
type maker struct {
	doc     map[string]any
	many    map[string]func(int) any
	values  map[string][]any // what the good texts have in a place
	seen    map[string]bool
	spelled map[string]bool
	changes []change
	whole   any
}

// place is where a value stands: how to put another one there.
type place struct {
	path string
	at   []map[string]any // what the schema says of it
	set  func(any)
	drop func() // nil: it cannot be left out
}

func (m *maker) collect(path string, v any) {
	if !slices.ContainsFunc(m.values[path], func(x any) bool { return string(written(x)) == string(written(v)) }) {
		m.values[path] = append(m.values[path], v)
	}
	switch v := v.(type) {
	case map[string]any:
		for _, k := range slices.Sorted(maps.Keys(v)) {
			m.collect(join(path, k), v[k])
		}
	case []any:
		for _, x := range v {
			m.collect(path+"[]", x)
		}
	}
}

func join(path, name string) string { return strings.TrimPrefix(path+"."+name, ".") }

// spoil makes every change of one good value.
func (m *maker) spoil(v any) {
	m.whole = v
	m.walk(place{at: m.nodes(m.doc), set: func(x any) { m.whole = x }}, v)
}

// add notes the whole as it is now.
func (m *maker) add(path, name string) {
	b := written(m.whole)
	if key := path + " " + name + " " + string(b); !m.seen[key] {
		m.seen[key] = true
		m.changes = append(m.changes, change{path, name, b})
	}
}

// try puts x into a place for a moment.
func (m *maker) try(p place, name string, x, back any) {
	p.set(x)
	m.add(p.path, name)
	p.set(back)
}

func (m *maker) walk(p place, v any) {
	for _, other := range []any{nil, true, json.Number("0"), "x", []any{}, map[string]any{}} {
		if fmt.Sprintf("%T", other) != fmt.Sprintf("%T", v) {
			m.try(p, "type", other, v)
		}
	}
	for _, other := range m.values[p.path] {
		m.try(p, "other", other, v)
	}
	for _, other := range listed(p.at) {
		m.try(p, "listed", other, v)
	}
	if p.drop != nil {
		p.drop()
		m.add(p.path, "missing")
		p.set(v)
	}
	switch v := v.(type) {
	case map[string]any:
		m.object(p, v)
	case []any:
		m.array(p, v)
	case string:
		m.text(p, v)
	case bool:
		m.try(p, "flipped", !v, v)
	case json.Number:
		m.number(p, v)
	}
}

func (m *maker) object(p place, v map[string]any) {
	v["zz"] = ""
	m.add(p.path, "extra")
	delete(v, "zz")
	for _, k := range slices.Sorted(maps.Keys(v)) {
		here := place{
			path: join(p.path, k), at: m.below(p.at, k),
			set: func(x any) { v[k] = x }, drop: func() { delete(v, k) },
		}
		old := v[k]
		delete(v, k)
		v[strings.ToUpper(k)] = old
		m.add(here.path, "capitals")
		delete(v, strings.ToUpper(k))
		v[k] = old
		if key := here.path + " neighbour"; !m.spelled[key] {
			m.spelled[key] = true
			for _, other := range v {
				if text, ok := other.(string); ok && len(text) > 3 {
					m.try(here, "neighbour", other, old)
				}
			}
		}
		m.walk(here, old)
	}
	for path, values := range m.values { // of members that are not here
		k := strings.TrimPrefix(path, p.path+".")
		if p.path == "" {
			k = path
		}
		if _, there := v[k]; there || k == path && p.path != "" || k == "" || strings.ContainsAny(k, ".[") {
			continue
		}
		for _, x := range values {
			v[k] = x
			m.add(path, "added")
		}
		delete(v, k)
	}
}

func (m *maker) array(p place, v []any) {
	m.try(p, "none", []any{}, v)
	if len(v) == 0 {
		for _, x := range m.values[p.path+"[]"] {
			m.try(p, "one", []any{x}, v)
		}
		return
	}
	m.try(p, "twice", append(slices.Clone(v), v[len(v)-1]), v)
	if len(v) > 1 {
		back := slices.Clone(v)
		slices.Reverse(back)
		m.try(p, "order", back, v)
		m.try(p, "fewer", v[1:], v)
	}
	item := m.many[p.path]
	if text, ok := v[0].(string); ok && item == nil {
		item = func(i int) any { return vary(text, i) }
	}
	if item != nil {
		sizes := []int64{9, 31, 65, 101, 257, 513}
		for _, n := range numbers(p.at, "maxItems") {
			sizes = append(sizes, n, n+1)
		}
		for _, n := range sizes {
			list := make([]any, n)
			for i := range list {
				list[i] = item(i)
			}
			m.try(p, "many", list, v)
		}
	}
	for _, i := range slices.Compact([]int{0, len(v) - 1}) {
		old := v[i]
		m.walk(place{path: p.path + "[]", at: m.below(p.at, "[]"), set: func(x any) { v[i] = x }}, old)
	}
}

// vary gives a text another end, or in one of fixed length another middle; a higher number comes later.
func vary(s string, i int) string {
	const digits = "0123456789"
	n := fmt.Sprintf("%05d", i)
	if len(s) >= 26 && strings.Trim(s, "0123456789abcdefghjkmnpqrstvwxyz") == "" {
		return n + s[5:]
	}
	if len(s) > 34 {
		s = s[:34]
	}
	return strings.TrimRight(s, digits) + n
}

// Characters that formats tell apart.
const marks = "019azAZiloug-_.:/+= é\n\x00"

func (m *maker) text(p place, s string) {
	try := func(name, x string) { m.try(p, name, x, s) }
	try("empty", "")
	// How it is spelled is tried once, and once more where it is empty.
	key := p.path + " " + strconv.FormatBool(s == "")
	if m.spelled[key] {
		return
	}
	m.spelled[key] = true
	for _, x := range []string{
		" " + s, "\n" + s, "-" + s, "." + s, "A" + s, "0" + s, s + "..a", s + "--a", s + "-.a", "é", "e\u0301", "\u00a0", "a\u200bb",
		" ", "\t\n", "\x7f", "\u0085", "\U0001f64f", strings.ToUpper(s), strings.ToLower(s),
	} {
		try("spelling", x)
	}
	for _, c := range marks {
		try("spelling", s+string(c))
		if s == "" {
			continue
		}
		for _, i := range []int{0, 1, len(s) / 2, len(s) - 1} {
			if i < len(s) {
				try("spelling", s[:i]+string(c)+s[i+1:])
			}
		}
	}
	if s != "" {
		try("short", s[:len(s)-1])
		try("short", s[1:])
	}
	long := func(n int64, kinds ...string) {
		for _, c := range kinds {
			try("long", strings.Repeat(c, int(n)))
		}
		if s != "" && int(n) > len(s) {
			try("long", s+strings.Repeat(s[len(s)-1:], int(n)-len(s)))
		}
	}
	for _, n := range numbers(p.at, "maxLength") {
		long(n, "a", "0", "A", "é")
		long(n+1, "a", "0", "A", "é")
	}
	for _, n := range []int64{1, 2, 3, 4, 5, 8, 9, 16, 20, 21, 26, 32, 35, 36, 40, 41, 64, 65, 80, 81, 200, 255, 256, 257, 800, 801, 4000, 4001, 4097} {
		long(n, "a")
	}
	for _, n := range []int64{1, 2, 3, 26, 32, 64, 65, 88} {
		long(n, "0", "A", "é")
	}
}

func (m *maker) number(p place, v json.Number) {
	all := []int64{-1, 0, 1, 2, 1<<40 - 1, 1 << 40, 1<<40 + 1, 1<<53 - 1, 1 << 53, -(1<<53 - 1)}
	if n, err := v.Int64(); err == nil {
		all = append(all, n-1, n+1)
	}
	for _, n := range numbers(p.at, "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum") {
		all = append(all, n-1, n, n+1)
	}
	for _, n := range all {
		m.try(p, "number", json.Number(strconv.FormatInt(n, 10)), v)
	}
	m.try(p, "fraction", json.Number("1.5"), v)
}
