package page

import (
	"fmt"
	"hash/fnv"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"github.com/opentrm/opentrm/internal/sorting"
)

// Stake is one answer of a form that changes what is kept: what stands now beside what somebody is about to send.
type Stake struct {
	Label  Msg
	Names  []string             // of the controls of the answer; the first names it
	Stands url.Values           // what the controls would hold if they said what stands now
	Say    func(url.Values) Msg // an answer in words
}

// The controls of a form that shows both versions.
const (
	baseField   = "base"
	versionName = "version"
	keepPrefix  = "keep-"
	namesPrefix = "names-"
	standPrefix = "stands-"
	keepMine    = "mine"
	keepTheirs  = "theirs"
)

// Versioned hides in a form the version of what it changes and how each answer stood when it was opened, so that two people who change
// the same lose nothing of each other; see [Visit.Both]. A form that is shown again because of something else keeps what it began with.
func (v *Visit) Versioned(f Form, version int64, stakes []Stake) Form {
	base := v.Field(baseField)
	if v.R.Method == http.MethodGet || base == "" {
		base = marks(stakes)
	}
	f.Hidden = append(f.Hidden, [2]string{versionName, Or(v.Field(versionName), strconv.FormatInt(version, 10))}, [2]string{baseField, base})
	return f
}

// ofForm reports whether a field is the form's own: nobody has answered it.
func ofForm(name string) bool {
	return slices.Contains([]string{onceField, versionName, baseField, typedField, KeptField}, name) ||
		slices.ContainsFunc([]string{keepPrefix, namesPrefix, standPrefix}, func(p string) bool { return strings.HasPrefix(name, p) })
}

// Fresh is the version that a form hides: the one that it was opened with or, once it is shown because somebody was faster, the one that
// stands now, which it also says.
func (v *Visit) Fresh(f Form, version int64) string {
	now := strconv.FormatInt(version, 10)
	if f.Status == http.StatusConflict {
		return now
	}
	return Or(v.Field(versionName), now)
}

// Settle takes from a form that showed both versions the answers that were chosen. It reports the answers of which neither was.
func (v *Visit) Settle() (open []Error) {
	sent := v.R.PostForm
	for name, names := range sent {
		first, ok := strings.CutPrefix(name, namesPrefix)
		if !ok {
			continue
		}
		switch sent.Get(keepPrefix + first) {
		case keepTheirs:
			for _, n := range strings.Fields(strings.Join(names, " ")) {
				sent[n] = sent[standPrefix+n]
			}
		case keepMine:
		default:
			open = append(open, Error{Field: keepPrefix + first, Text: Key("web.both.choose")})
		}
	}
	sorting.By(open, func(a, b Error) int { return strings.Compare(a.Field, b.Field) })
	return open
}

// Both shows field by field what was sent beside what somebody else has kept meanwhile, and sends it again with the version that stands.
// What she has not touched is theirs unless she says otherwise, and the other way round; where both wrote, she chooses.
func (v *Visit) Both(f Form, version int64, stakes []Stake, open []Error) error {
	f.Status, f.Errors, f.Fields = http.StatusConflict, open, nil
	if len(open) == 0 {
		f.Errors = []Error{{Text: Key("web.both")}}
	}
	f.Intro, f.Submit, f.Warning = []Msg{Key("web.both.text")}, Key("web.both.do"), Msg{}
	f.Hidden = [][2]string{{versionName, strconv.FormatInt(version, 10)}, {baseField, v.Field(baseField)}}
	before := map[string]string{}
	for _, m := range strings.Fields(v.Field(baseField)) {
		name, mark, _ := strings.Cut(m, "=")
		before[name] = mark
	}
	for _, name := range slices.Sorted(maps.Keys(v.R.PostForm)) {
		if name != typedField && ofForm(name) {
			continue
		}
		for _, x := range v.R.PostForm[name] {
			f.Hidden = append(f.Hidden, [2]string{name, x})
		}
	}
	for _, s := range stakes {
		mine, theirs, first := mark(v.R.PostForm, s.Names), mark(s.Stands, s.Names), s.Names[0]
		if mine == theirs {
			continue
		}
		was := Or(before[first], mark(nil, s.Names))
		chosen := v.Field(keepPrefix + first)
		switch {
		case chosen != "":
		case mine == was:
			chosen = keepTheirs
		case theirs == was:
			chosen = keepMine
		}
		f.Hidden = append(f.Hidden, [2]string{namesPrefix + first, strings.Join(s.Names, " ")})
		for _, n := range s.Names {
			for _, x := range s.Stands[n] {
				f.Hidden = append(f.Hidden, [2]string{standPrefix + n, x})
			}
		}
		f.Fields = append(f.Fields, both(v, s, chosen, f.Errors))
	}
	return v.ShowForm(f)
}

func both(v *Visit, s Stake, chosen string, errors []Error) templ.Component {
	name := keepPrefix + s.Names[0]
	return RadioGroup(v.P, Radios{Field: Field{ID: name, Label: s.Label, Strong: true, Error: ErrorAt(errors, name)}, Value: chosen, Choices: []Choice{
		{Value: keepMine, Text: Key("web.both.mine"), Hint: s.Say(v.R.PostForm)},
		{Value: keepTheirs, Text: Key("web.both.theirs"), Hint: s.Say(s.Stands)},
	}})
}

// marks tells how all answers stand, without saying them again.
func marks(stakes []Stake) string {
	var all []string
	for _, s := range stakes {
		all = append(all, s.Names[0]+"="+mark(s.Stands, s.Names))
	}
	return strings.Join(all, " ")
}

// mark tells an answer from another one.
func mark(in url.Values, names []string) string {
	h := fnv.New64a()
	for _, n := range names {
		for _, x := range in[n] {
			if x = strings.TrimSpace(strings.ReplaceAll(x, "\r\n", "\n")); x != "" {
				fmt.Fprintf(h, "%d:%s%d:%s", len(n), n, len(x), x)
			}
		}
	}
	return strconv.FormatUint(h.Sum64(), 36)
}

// Typed says an answer as it was typed or, where it has a prefix, by its code.
func (v *Visit) Typed(prefix string, names ...string) func(url.Values) Msg {
	return func(in url.Values) Msg {
		var all []string
		for _, n := range names {
			for _, x := range in[n] {
				if x = strings.TrimSpace(x); x == "" {
					continue
				}
				if prefix != "" {
					x = v.Word(prefix, x).In(v.P)
				}
				all = append(all, x)
			}
		}
		if len(all) == 0 {
			return Key("web.none")
		}
		return Plain(strings.Join(all, ", "))
	}
}
