package id_test

import (
	"sort"
	"strings"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
)

func TestOrderedSortsByTime(t *testing.T) {
	now := time.UnixMilli(1_700_000_000_000)
	m := id.Maker{Now: func() time.Time { now = now.Add(time.Millisecond); return now }}
	var got []string
	for range 100 {
		got = append(got, string(id.Ordered[id.Case](m)))
	}
	if !sort.StringsAreSorted(got) {
		t.Error("ordered identifiers do not sort by the time of their making")
	}
	if len(got[0]) != 36 || got[0][14] != '7' || strings.IndexByte("89ab", got[0][19]) < 0 {
		t.Errorf("%s is no UUIDv7", got[0])
	}
}

func TestRandomHasOneForm(t *testing.T) {
	r := id.Random[id.Referral](id.Maker{})
	if back, err := id.ParseRandom[id.Referral](string(r)); err != nil || back != r {
		t.Fatalf("%q does not parse back: %v", r, err)
	}
	for _, bad := range []string{"", "x", strings.ToUpper(string(r)), string(r) + "0", string(r[:25]) + "z"} {
		if _, err := id.ParseRandom[id.Referral](bad); bad != string(r) && !fault.Is(err, fault.Invalid) {
			t.Errorf("%q was taken", bad)
		}
	}
}

func TestReferenceNoticesSlips(t *testing.T) {
	const letters = "0123456789abcdefghjkmnpqrstvwxyz"
	for range 200 {
		ref := string(id.NewReference(id.Maker{}))
		spoken := strings.ToUpper(strings.ReplaceAll(ref, "-", " "))
		if got, err := id.ParseReference(spoken); err != nil || string(got) != ref {
			t.Fatalf("%q read as %q: %v", spoken, got, err)
		}
		plain := strings.ReplaceAll(ref, "-", "")
		for i := range plain {
			for _, c := range letters {
				if byte(c) == plain[i] {
					continue
				}
				if _, err := id.ParseReference(plain[:i] + string(c) + plain[i+1:]); !fault.Is(err, fault.Invalid) {
					t.Fatalf("a wrong character %d in %s went unnoticed", i, ref)
				}
			}
			if i > 0 && plain[i] != plain[i-1] {
				swapped := plain[:i-1] + string(plain[i]) + string(plain[i-1]) + plain[i+1:]
				if _, err := id.ParseReference(swapped); !fault.Is(err, fault.Invalid) {
					t.Fatalf("swapped neighbours at %d in %s went unnoticed", i, ref)
				}
			}
		}
	}
}

func TestAddress(t *testing.T) {
	a, err := id.ParseAddress("MK/focal-point")
	if err != nil || a.Member != "MK" || a.Desk != "focal-point" || a.String() != "MK/focal-point" {
		t.Errorf("got %v, %v", a, err)
	}
	for _, bad := range []string{"", "MK", "mk/focal", "MK/", "MK/Focal", "MK/-a", "MK/a--b", "M/a", "MK/a/b"} {
		if _, err := id.ParseAddress(bad); !fault.Is(err, fault.Invalid) {
			t.Errorf("%q was taken", bad)
		}
	}
	if m, err := id.ParseMember("X-ICMP"); err != nil || m != "X-ICMP" {
		t.Errorf("a partner is refused: %v", err)
	}
}

func FuzzParseReference(f *testing.F) {
	f.Add("k7m-4qt-2x9")
	f.Fuzz(func(t *testing.T, s string) {
		r, err := id.ParseReference(s)
		if err != nil {
			return
		}
		if again, err := id.ParseReference(string(r)); err != nil || again != r {
			t.Errorf("%q read as %q, which reads as %q, %v", s, r, again, err)
		}
	})
}

// FuzzParseAddress: an address has one spelling, and so has an identifier.
func FuzzParseAddress(f *testing.F) {
	f.Add("MK/focal-point")
	f.Add("X-ICMP/a")
	f.Add("0123456789abcdefghjkmnpqr0")
	f.Fuzz(func(t *testing.T, s string) {
		if a, err := id.ParseAddress(s); err == nil && (a.String() != s || a.Member == "" || a.Desk == "") {
			t.Errorf("%q is read as %q", s, a)
		}
		if r, err := id.ParseRandom[id.Record](s); err == nil && (string(r) != s || id.Typed(s) != s) {
			t.Errorf("%q is read as %q", s, r)
		}
	})
}

// TestTypedIsWhatWasPrinted: a code from paper is typed with blanks, dashes, capitals and look-alikes.
func TestTypedIsWhatWasPrinted(t *testing.T) {
	made := string(id.Random[id.Record](id.Maker{}))
	for _, typed := range []string{
		made, id.Spaced(made), strings.ToUpper(id.Spaced(made)), strings.ReplaceAll(id.Spaced(made), " ", "-"), "\u00a0" + made + "\n",
		strings.ReplaceAll(strings.ReplaceAll(made, "0", "O"), "1", "l"), strings.ReplaceAll(made, "1", "I"), strings.ReplaceAll(made, "0", "О"),
	} {
		if got := id.Typed(typed); got != made {
			t.Errorf("%q is %q, want %q", typed, got, made)
		}
	}
	if id.Spaced("abcdefghij") != "abcd efgh ij" || id.Typed("a.b") != "a.b" {
		t.Error("groups")
	}
}
