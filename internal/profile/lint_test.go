package profile_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/opentrm/opentrm/internal/lang"
	"github.com/opentrm/opentrm/internal/profile"
)

func words(t testing.TB) *lang.Catalogue {
	t.Helper()
	c, err := lang.Load()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func files(t testing.TB) [][]byte {
	t.Helper()
	all, err := profile.Files()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestShippedProfilesHaveNoFindings is the linter over the network and all eleven countries.
func TestShippedProfilesHaveNoFindings(t *testing.T) {
	all := files(t)
	if len(all) != 12 {
		t.Fatalf("%d files", len(all))
	}
	for _, f := range profile.Lint(all, words(t)) {
		t.Errorf("%+v", f)
	}
}

// TestLintFinds breaks the shipped files in one place at a time; the linter must say what and where, and nothing else.
func TestLintFinds(t *testing.T) {
	w := words(t)
	for _, c := range []struct{ name, file, old, new, want string }{
		{"a field of no item", "BG", `"key": "eu-member",`, `"key": "eu-member", "values": 1,`, "BG eu-member values profile.lint.unknown"},
		{"a field in the wrong case", "BG", `"version": 5`, `"Version": 2, "version": 3`, "BG BG Version profile.lint.unknown"},
		{"a value that nobody reads", "BG", `"key": "selec-member"`, `"key": "selec-membre"`, "BG selec-membre values profile.lint.unknown"},
		{"a value that is missing", "BG", `"key": "selec-member"`, `"key": "statistics.glotip-region"`, "BG selec-member values profile.lint.item"},
		{"no origin", "SI", `"origin": {
				"source": "general knowledge, not checked",
				"citation": "domain 1.2",
				"status": "unverified"
			}`, `"version": 1`, "SI SI/value.network-member origin profile.lint.item"},
		{"no source", "SI", `"source": "general knowledge, not checked",`, ``, "SI SI/value.network-member source profile.lint.item"},
		{"verified without a citation", "BG", `"citation": "24 hours, three bodies at once; domain 3.6",`, ``, "BG BG/clock.child-notification citation profile.lint.item"},
		{"a clock without a unit", "BG", `"n": 24,
				"unit": "hours"`, `"n": 24`, "BG child-notification unit profile.lint.item"},
		{"a language without a name", "AL", `"sq-Latn"`, `"qq-Latn"`, "AL languages qq-Latn profile.lint.language"},
		{"a script that nobody writes", "AL", `"sq-Latn"`, `"sq-Runr"`, "AL languages sq-Runr profile.lint.language"},
		{"a time zone of no place", "AL", `Europe/Tirane`, `Europe/Nowhere`, "AL time-zone value profile.lint.item"},
		{"a status nobody can decide any more", "ME", `"from": {`, `"until": {"latest": "2025-01-01"}, "from": {`, "ME formally-identified adults profile.lint.nobody"},
		{"a status only some can get", "ME", `"act": "decide",`, `"act": "decide", "people": "adults",`, "ME formally-identified children profile.lint.nobody"},
		{"a status nobody knows", "MD", `"status": "formally-identified"`, `"status": "guilty"`, "network MD/formal status profile.lint.reference"},
		{"a body nobody knows", "MD", `"police"`, `"sheriff"`, "network MD/formal by profile.lint.reference"},
		{"a remark without words", "MD", `law.identification.MD-formal`, `law.identification.nowhere`, "MD MD/identification.formal law.identification.nowhere profile.lint.text"},
		{"a member without a profile", "network", `"BA",`, `"BA", "GR",`, "network GR members profile.lint.member"},
		{"a profile without a member", "network", `"BA",`, ``, "network BA members profile.lint.member"},
		{"a row that an organisation sends", "network", `"from": "eu",
			"from_sector": "service",
			"to": "io"`, `"from": "io",
			"from_sector": "service",
			"to": "io"`, "network eu-io.service from profile.lint.pair"},
		{"a row to an organisation that is none", "network", `"to": "io",
			"to_sectors": [
				"international"`, `"to": "io",
			"to_sectors": [
				"service"`, "network eu-io.authority to_sectors profile.lint.pair"},
		{"an agreement with nobody", "network", `"pairs": []`, `"pairs": [{"from": "MK", "to": "ZZ", "clock": {"key": "decide", "legal": false, "start": "delivered", "length": {"n": 1, "unit": "days"}, "text": "law.clock.decide", "origin": {"source": "x", "status": "unverified"}}}]`, "network decide ZZ profile.lint.pair"},
		{"a kind of transfer nobody knows", "network", `"kinds": [
				"referral"`, `"kinds": [
				"parcel"`, "network home.authority kinds profile.lint.reference"},
		{"a period of nought", "network", `"n": 28,
				"unit": "days"`, `"n": 0,
				"unit": "days"`, "network draft period profile.lint.item"},
		{"a period in hours", "network", `"n": 28,
				"unit": "days"`, `"n": 28,
				"unit": "hours"`, "network draft unit profile.lint.item"},
		{"an event that nobody sees", "network", `"from": "settled"`, `"from": "forgotten"`, "network notification from profile.lint.item"},
		{"a kind of record without a period", "network", `"retention.classes",
			"value": [`, `"retention.classes",
			"value": [
				"photograph",`, "network photograph retention profile.lint.item"},
		{"a period of no kind of record", "network", `"key": "notification",
			"from"`, `"key": "parcel",
			"from"`, "network parcel retention.classes profile.lint.reference"},
		{"another mark", "network", `"mark": "*"`, `"mark": "†"`, "network XK mark profile.lint.rendering"},
		{"another note", "network", `"footnote": "lang.country.XK"`, `"footnote": "lang.this"`, "network XK footnote profile.lint.rendering"},
		{"a name without its rule", "network", `"member": "XK"`, `"member": "RS"`, "network XK mark profile.lint.rendering"},
	} {
		all := files(t)
		i := slices.IndexFunc(all, func(f []byte) bool { return profile.CodeOf(f) == c.file })
		if !strings.Contains(string(all[i]), c.old) {
			t.Fatalf("%s: the file has no %s", c.name, c.old)
		}
		all[i] = []byte(strings.Replace(string(all[i]), c.old, c.new, 1))
		var got []string
		for _, f := range profile.Lint(all, w) {
			got = append(got, strings.Join([]string{f.Profile, f.Item, f.Field, f.Rule}, " "))
		}
		if !slices.Contains(got, c.want) {
			t.Errorf("%s: %v, want %s", c.name, got, c.want)
		}
	}
	all := files(t)
	if got := profile.Lint(all[:11], w); len(got) == 0 { // the last is the network
		t.Error("a network without its own file has no findings")
	}
	if got := profile.Lint(all[1:], w); !slices.Contains(got, profile.Finding{Profile: "network", Item: "AL", Field: "members", Rule: "profile.lint.member"}) {
		t.Errorf("AL is missing, and the linter says %v", got)
	}
	if got := profile.Lint(append(all, all[0]), w); !slices.Contains(got, profile.Finding{Profile: "AL", Item: "AL", Field: "profile", Rule: "profile.lint.member"}) {
		t.Errorf("AL stands twice, and the linter says %v", got)
	}
	for _, bad := range []string{"", "[", `{"profile": "AL", "version": "two"}`} {
		if got := profile.Lint(append(all[1:], []byte(bad)), w); !slices.ContainsFunc(got, func(f profile.Finding) bool { return f.Rule == "profile.lint.form" }) {
			t.Errorf("%q: %v", bad, got)
		}
	}
}

// TestKosovoIsRenderedByTheRule: the mark and the note of a name are those of the rule, in every language, and no other name has
// either.
func TestKosovoIsRenderedByTheRule(t *testing.T) {
	s, w := load(t), words(t)
	for _, tag := range w.Tags() {
		say := w.Printer(tag)
		for _, m := range s.Members() {
			r, ruled := s.Rendering(m)
			name, note := say.CountryName(string(m)), say.CountryNote(string(m))
			if ruled && (!strings.HasSuffix(name, r.Mark) || note != say.Text(r.Footnote) || !strings.HasPrefix(note, r.Mark)) {
				t.Errorf("%s: %s is %q with %q, against %+v", tag, m, name, note, r)
			}
			if !ruled && (strings.Contains(name, "*") || note != "") {
				t.Errorf("%s: %s is %q with %q, and has no rule", tag, m, name, note)
			}
		}
		if a, b := say.CountryNote("MK", "XK", "XK"), say.CountryNote("XK"); a != b || b == "" {
			t.Errorf("%s: the note of three names is %q", tag, a)
		}
	}
}
