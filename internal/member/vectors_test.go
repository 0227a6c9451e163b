package member_test

import (
	"flag"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/member"
)

var update = flag.Bool("update", false, "write the vectors anew")

const vectors = "../../spec/testdata/roster"

func TestRosterVectors(t *testing.T) {
	if *update {
		writeVectors(t)
	}
	files, err := filepath.Glob(vectors + "/*")
	if err != nil || len(files) == 0 {
		t.Fatal("no vectors", err)
	}
	seen := map[string]int{}
	for _, f := range files {
		t.Run(filepath.Base(f), func(t *testing.T) {
			b, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			v := map[string]string{}
			for line := range strings.Lines(string(b)) {
				name, value, ok := strings.Cut(strings.TrimSuffix(line, "\n"), ": ")
				if _, twice := v[name]; !ok || twice {
					t.Fatalf("line %.60q", line)
				}
				v[name] = value
			}
			seen[v["must"]]++
			err = judge(t, v)
			switch {
			case v["must"] == "accept" && err != nil:
				t.Fatal(err)
			case v["must"] == "refuse" && keyOf(err) != v["why"]:
				t.Fatalf("refused with %q, want %q (%v)", keyOf(err), v["why"], err)
			}
		})
	}
	if seen["accept"] == 0 || seen["refuse"] == 0 || len(seen) != 2 {
		t.Fatalf("vectors: %v", seen)
	}
}

// judge does what the kind of a vector asks.
func judge(t *testing.T, v map[string]string) error {
	t.Helper()
	n, err := strconv.ParseInt(v["now"], 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	now := frame.Time(n)
	if v["kind"] == "sheet" {
		next, err := member.ParseSheet([]byte(v["next"]))
		if err != nil {
			return err
		}
		var current member.SignedSheet
		if v["current"] != "" {
			if current, err = member.ParseSheet([]byte(v["current"])); err != nil {
				t.Fatal(err)
			}
		}
		if of, ok := v["sectors"]; ok {
			var bodies []string
			for _, d := range next.Sheet.Desks {
				bodies = append(bodies, string(d.ID)+"="+string(d.Body()))
			}
			if got := strings.Join(bodies, " "); got != of {
				t.Errorf("sectors %q, want %q", got, of)
			}
		}
		return member.AcceptSheet(current, next, parsed(t, v["roster"]).Roster, now)
	}
	next, err := member.ParseRoster([]byte(v["next"]))
	if err != nil {
		return err
	}
	if v["kind"] == "trust" {
		err = member.Trust(next, v["fingerprint"], now)
	} else {
		err = member.Accept(parsed(t, v["current"]).Roster, next, now)
	}
	if err != nil {
		return err
	}
	hash, err := next.Roster.Hash()
	if err != nil || hash != v["hash"] {
		t.Fatalf("hash %s: %v", hash, err)
	}
	return nil
}

func parsed(t *testing.T, s string) member.Signed {
	t.Helper()
	r, err := member.ParseRoster([]byte(s))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func writeVectors(t *testing.T) {
	now := testTime.Add(2 * time.Hour)
	text := func(s interface{ Encode() ([]byte, error) }) string {
		b, err := s.Encode()
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	put := func(name, why, what string, v map[string]string) {
		v["spec"], v["must"], v["what"], v["now"] = "roster 1.0.0", "accept", what, strconv.FormatInt(int64(now), 10)
		if why != "" {
			v["must"], v["why"] = "refuse", why
		}
		var b strings.Builder
		for _, k := range append([]string{"spec", "kind", "must", "why", "what"}, slices.Sorted(maps.Keys(v))...) {
			if value, ok := v[k]; ok {
				b.WriteString(k + ": " + value + "\n")
				delete(v, k)
			}
		}
		if err := os.MkdirAll(vectors, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(vectors, name), []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	one := first(t)
	two := successor(t, one, nil)
	both := []id.Member{"MD", "MK"}
	held := text(signed(t, one, both...))
	print, err := one.Root.Fingerprint(one.Network)
	if err != nil {
		t.Fatal(err)
	}
	hash := func(r member.Roster) string {
		h, err := r.Hash()
		if err != nil {
			t.Fatal(err)
		}
		return h
	}
	trust := func(name, why, what, next, fingerprint string) {
		put(name, why, what, map[string]string{"kind": "trust", "next": next, "fingerprint": fingerprint, "hash": hash(one)})
	}
	trust("first", "", "the first roster, by the fingerprint compared in person", held, print)
	trust("first-typed", "", "the fingerprint as somebody typed it", held, strings.ToUpper(strings.ReplaceAll(print, "-", " ")))
	trust("first-fingerprint", "member.root.fingerprint", "another root set", held, "0000-0000-0000-0000-0000-0000-0000-0000")
	trust("first-one-signature", "member.roster.signatures", "one signature of three", text(signed(t, one, "MD")), print)
	trust("spelling", "frame.not-canonical", "a space at the end", held+" ", print)

	accept := func(name, why, what string, next member.Signed) {
		put(name, why, what, map[string]string{"kind": "accept", "current": held, "next": text(next), "hash": hash(next.Roster)})
	}
	accept("next", "", "the next version", signed(t, two, both...))
	accept("next-skipped", "", "the version after the next", signed(t, successor(t, two, nil), both...))
	accept("next-weak", "member.roster.signatures", "one signature of three", signed(t, two, "MD"))
	accept("next-same", "member.roster.same", "what is held already", signed(t, one, both...))
	other := one
	other.Members = slices.Clone(one.Members)
	other.Members[0].Name = "Another"
	accept("fork", "member.roster.fork", "the same version with other contents, well signed", signed(t, other, both...))
	accept("fork-weak", "member.roster.signatures", "the same version with other contents, weakly signed: no alarm", signed(t, other, "RS"))
	accept("fork-predecessor", "member.roster.fork", "the next version of another predecessor", signed(t, successor(t, other, func(r *member.Roster) { r.Members[0].Name = "B" }), both...))
	accept("root", "", "a new root set with both thresholds", changed(t, one, nil, both, both))
	accept("root-no-handover", "member.root.handover", "a new root set that the old one did not sign", changed(t, one, nil, both, nil))
	accept("root-crossed", "member.root.handover", "the old root set signed it as a roster, not as a new root set", crossed(t, one))
	accept("root-weak", "member.roster.signatures", "a new root set with one signature of its own", changed(t, one, nil, both[:1], both))

	sheets := func(name, why, what string, current *member.SignedSheet, next string) {
		v := map[string]string{"kind": "sheet", "roster": held, "next": next, "current": ""}
		if current != nil {
			v["current"] = text(*current)
		}
		put(name, why, what, v)
	}
	s1, s2, old := sheet(t, 1), sheet(t, 2), sheet(t, 2, silent)
	sectors := func(name, why, what, sectors string, current *member.SignedSheet, next string) {
		v := map[string]string{"kind": "sheet", "roster": held, "next": next, "current": "", "sectors": sectors}
		if current != nil {
			v["current"] = text(*current)
		}
		if why != "" {
			delete(v, "sectors")
		}
		put(name, why, what, v)
	}
	forged := s2
	forged.Signature = s1.Signature
	sheets("sheet", "", "a first desk sheet", nil, text(s1))
	sheets("sheet-next", "", "a newer one", &s1, text(s2))
	sheets("sheet-older", "member.sheet.older", "an older one", &s2, text(s1))
	sheets("sheet-signature", "member.sheet.signature", "the signature of another sheet", &s1, text(forged))
	sheets("sheet-fork", "member.sheet.fork", "the same version with other contents", &s2, text(sheet(t, 2, func(s *member.Sheet) { s.Desks[1].Capacity = "full" })))
	sheets("sheet-life", "member.sheet.field", "valid for more than 60 days", nil,
		strings.Replace(text(s1), `"expires":`+strconv.FormatInt(int64(s1.Sheet.Expires), 10), `"expires":`+strconv.FormatInt(int64(s1.Sheet.Expires)+1, 10), 1))
	sheets("sheet-field", "frame.fields", "a field that is not in the schema", nil, strings.Replace(text(s1), `"capacity":`, `"boss":"x","capacity":`, 1))
	sectors("sheet-sectors", "", "a desk of an authority and one of an association", "focal-point=authority shelter-intake=service", nil, text(s1))
	sectors("sheet-without-sectors", "", "of version 1, which says no sectors", "focal-point=authority shelter-intake=authority", nil, text(old))
	sectors("sheet-without-sectors-prosecution", "", "of version 1, with a desk of prosecution", "focal-point=authority shelter-intake=justice", nil,
		text(sheet(t, 2, silent, func(s *member.Sheet) { s.Desks[1].Realm = access.Prosecution })))
	sectors("sheet-sectors-first", "", "the first with sectors", "focal-point=authority shelter-intake=service", &old, text(sheet(t, 3)))
	sectors("sheet-sectors-back", "member.sheet.older", "of version 1 where one of version 2 is held", "", &s1, text(old))
	spoiled := func(old, with string) string { return strings.Replace(text(s1), old, with, 1) }
	sectors("sheet-sector-none", "member.sheet.field", "of version 2, with a desk without a sector", "", nil, spoiled(`,"sector":"service"`, ""))
	sectors("sheet-sector-unknown", "member.sheet.field", "a sector that there is not", "", nil, spoiled(`"sector":"service"`, `"sector":"press"`))
	sectors("sheet-sector-realm", "member.sheet.field", "justice outside the realm of prosecution", "", nil, spoiled(`"sector":"service"`, `"sector":"justice"`))
	sectors("sheet-sector-early", "member.sheet.field", "of version 1, with a sector", "", nil, spoiled(`"v":2`, `"v":1`))
	sectors("sheet-later", "member.sheet.field", "of a version that there is not", "", nil, spoiled(`"v":2`, `"v":3`))
}
