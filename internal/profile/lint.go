package profile

import (
	"encoding/json"
	"errors"
	"io/fs"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/lang"
)

// The sorts of findings: message keys with the arguments "item" and "field".
const (
	lintForm      = "profile.lint.form"      // no JSON of the file form
	lintUnknown   = "profile.lint.unknown"   // a field, or the key of a value, that the form and the network do not know
	lintItem      = "profile.lint.item"      // a field is missing or holds what it may not
	lintReference = "profile.lint.reference" // a name that nothing else has
	lintText      = "profile.lint.text"      // a message key without words
	lintLanguage  = "profile.lint.language"  // a language whose code has no name
	lintNobody    = "profile.lint.nobody"    // a status that nobody can decide
	lintMember    = "profile.lint.member"    // a member without a profile, or a profile without a member
	lintPair      = "profile.lint.pair"      // a row for two sides that no two members can be
	lintRendering = "profile.lint.rendering" // the words name a member otherwise than the rule says
)

// Finding is one thing that is wrong with profile files.
type Finding struct {
	Profile string `json:"profile"` // code of the file, "" where it has none
	Item    string `json:"item"`
	Field   string `json:"field"`
	Rule    string `json:"rule"` // message key
}

// Files returns the profile files in this binary, in the order of their names.
//
// It fails with [fault.Internal] if one cannot be read, which a test excludes.
func Files() ([][]byte, error) {
	names, err := fs.Glob(shipped, "data/*.json")
	var all [][]byte
	for _, name := range names {
		var raw []byte
		if raw, err = fs.ReadFile(shipped, name); err != nil {
			break
		}
		all = append(all, raw)
	}
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "profile.file", err)
	}
	return all, nil
}

// CodeOf returns the code of the profile in a file, whatever else is wrong with it; "" if there is none.
func CodeOf(raw []byte) string {
	var head struct {
		Code string `json:"profile"`
	}
	if json.Unmarshal(raw, &head) != nil {
		return ""
	}
	return head.Code
}

// Lint says everything that is wrong with the profile files of a network, each file once, with the words of the program.
// It finds more than [Parse] and [NewSet] refuse: these take what can be worked with.
func Lint(files [][]byte, words *lang.Catalogue) []Finding {
	l := &linter{words: words, set: Set{countries: map[id.Member]Profile{}}}
	for _, raw := range files {
		l.file(raw)
	}
	l.code = Network
	if l.set.network.Code == "" {
		l.add(lintMember, Network, "profile")
		return l.found
	}
	l.set.references(l.tell(lintReference))
	l.members()
	l.rows()
	l.retention()
	l.teams()
	l.renderings()
	for _, m := range l.set.Members() {
		l.country(m)
	}
	return l.found
}

// linter is one run of [Lint].
type linter struct {
	words *lang.Catalogue
	set   Set
	code  string // of the file that is looked at
	found []Finding
}

func (l *linter) add(rule, item, field string) {
	f := Finding{Profile: l.code, Item: item, Field: field, Rule: rule}
	if !slices.Contains(l.found, f) {
		l.found = append(l.found, f)
	}
}

// tell returns what takes over problems as findings of a rule.
func (l *linter) tell(rule string) func(error) {
	return func(err error) {
		item, field := l.code, "profile"
		if e, ok := errors.AsType[*fault.Error](err); ok && e.Key == "profile.item" {
			item, field = e.Args["item"], e.Args["field"]
		}
		l.add(rule, item, field)
	}
}

// file looks at one file alone and puts it into the set.
func (l *linter) file(raw []byte) {
	l.code = CodeOf(raw)
	var form any
	var p Profile
	if len(raw) > MaxFile || json.Unmarshal(raw, &form) != nil {
		l.add(lintForm, l.code, "profile")
		return
	}
	strangers(form, reflect.TypeFor[Profile](), l.code, func(item, field string) { l.add(lintUnknown, item, field) })
	if err := json.Unmarshal(raw, &p); err != nil {
		field := "profile"
		if e, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
			field = e.Field
		}
		l.add(lintForm, l.code, field)
		return
	}
	p.problems(l.tell(lintItem))
	p.each(func(key string, _ any, text string, _ *Origin) {
		if text != "" && !l.words.Has(text) {
			l.add(lintText, key, text)
		}
	})
	for _, r := range p.Identification {
		if r.Named != "" && !l.words.Has(r.Named) {
			l.add(lintText, r.Key, r.Named)
		}
	}
	for _, c := range p.Calendars {
		for _, h := range append([]Holiday{{Text: c.Region}}, c.Holidays...) {
			if h.Text != "" && !l.words.Has(h.Text) {
				l.add(lintText, c.Key, h.Text)
			}
		}
	}
	_, twice := l.set.countries[id.Member(p.Code)]
	switch {
	case twice, p.Code == Network && l.set.network.Code != "":
		l.add(lintMember, p.Code, "profile")
	case p.Code == Network:
		l.set.network = p
	default:
		l.set.countries[id.Member(p.Code)] = p
	}
}

// strangers tells of every field in what JSON was read that a type does not have; a letter in the wrong case is one too.
func strangers(v any, t reflect.Type, at string, tell func(item, field string)) {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch v := v.(type) {
	case map[string]any:
		if t.Kind() != reflect.Struct {
			return
		}
		if key, ok := v["key"].(string); ok {
			at = key
		}
		fields := map[string]reflect.Type{}
		for i := range t.NumField() {
			name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
			fields[name] = t.Field(i).Type
		}
		for _, name := range slices.Sorted(maps.Keys(v)) {
			if of, ok := fields[name]; ok {
				strangers(v[name], of, at, tell)
			} else {
				tell(at, name)
			}
		}
	case []any:
		if t.Kind() != reflect.Slice {
			return
		}
		for _, x := range v {
			strangers(x, t.Elem(), at, tell)
		}
	}
}

// members compares the list of members with the profiles that are there.
func (l *linter) members() {
	list := l.set.List("", "members")
	for _, m := range list {
		if _, ok := l.set.countries[id.Member(m)]; !ok {
			l.add(lintMember, m, "members")
		}
	}
	for _, m := range l.set.Members() {
		if !slices.Contains(list, string(m)) {
			l.add(lintMember, string(m), "members")
		}
	}
}

// rows finds rule rows and agreements that can never answer for anything.
func (l *linter) rows() {
	in := map[Zone]int{Home: 1}
	for _, m := range l.set.Members() {
		if z, err := l.set.zone(m); err == nil {
			in[z]++
		}
	}
	for _, r := range l.set.network.Rules {
		switch international := slices.Contains(r.ToSectors, SectorInternational); {
		case r.From == BodyIO, in[r.From] == 0: // an organisation is no member that sends
			l.add(lintPair, r.Key, "from")
		case r.To == BodyIO && len(r.ToSectors) > 1, r.To != BodyIO && r.To != Home && international, r.To == BodyIO && !international:
			l.add(lintPair, r.Key, "to_sectors")
		case r.To != BodyIO && in[r.To] == 0, r.From == r.To && r.From != Home && in[r.From] < 2:
			l.add(lintPair, r.Key, "to")
		}
		for _, kind := range r.Kinds {
			if !slices.Contains(l.set.List("", "transfer-kinds"), kind) {
				l.add(lintReference, r.Key, "kinds")
			}
		}
	}
	for _, p := range l.set.network.Pairs {
		for _, m := range []id.Member{p.From, p.To} {
			if _, ok := l.set.countries[m]; !ok {
				l.add(lintPair, p.Clock.Key, string(m))
			}
		}
		if _, ok := find(l.set.network.Clocks, p.Clock.Key); !ok {
			l.add(lintReference, p.Clock.Key, "clock")
		}
	}
}

// renderings holds the names in every language against the rules of rendering.
func (l *linter) renderings() {
	for _, tag := range l.words.Tags() {
		say := l.words.Printer(tag)
		for _, m := range l.set.Members() {
			r, ruled := l.set.Rendering(m)
			name, note := say.CountryName(string(m)), say.CountryNote(string(m))
			switch {
			case !ruled && note != "", r.Mark != "" && !strings.HasSuffix(name, r.Mark):
				l.add(lintRendering, string(m), "mark")
			case ruled && r.Footnote != "" && note != say.Text(r.Footnote), !strings.HasPrefix(note, r.Mark):
				l.add(lintRendering, string(m), "footnote")
			}
		}
	}
}

// country looks at what a country must have and what it may not, given the network.
func (l *linter) country(m id.Member) {
	p := l.set.countries[m]
	l.code = p.Code
	every, some := l.set.List("", "values.every-country"), l.set.List("", "values.some-countries")
	has := map[string]bool{}
	for _, v := range p.Values {
		has[v.Key] = true
		if !slices.Contains(every, v.Key) && !slices.Contains(some, v.Key) {
			l.add(lintUnknown, v.Key, "values")
		}
	}
	for _, key := range every {
		if !has[key] {
			l.add(lintItem, key, "values")
		}
	}
	say := l.words.Printer(lang.English)
	for _, tag := range l.set.List(m, "languages") {
		code, script, _ := strings.Cut(tag, "-")
		if say.LanguageName(code) == code || !slices.Contains([]string{"", "Latn", "Cyrl", "Grek", "Arab"}, script) {
			l.add(lintLanguage, "languages", tag)
		}
	}
	if _, err := l.set.Zone(m); has["time-zone"] && err != nil {
		l.add(lintItem, "time-zone", "value")
	}
	l.statuses(m)
}

// statuses finds statuses that the country says it decides and for which no row is in force, and rows for others.
func (l *linter) statuses(m id.Member) {
	p, decided := l.set.countries[m], l.set.Decided(m)
	for _, status := range decided {
		for _, people := range []People{Adults, Children} {
			if !slices.ContainsFunc(p.Identification, func(r Identification) bool {
				return r.Act == Decide && r.Status == status && r.Until == nil && r.Origin.Status != Superseded &&
					(r.People == Everybody || r.People == people)
			}) {
				l.add(lintNobody, status, string(people))
			}
		}
	}
	for _, r := range p.Identification {
		if r.Act != Detect && !slices.Contains(decided, r.Status) {
			l.add(lintReference, r.Key, ownStatuses)
		}
	}
}
