package lang_test

import (
	"encoding/json"
	"errors"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/lang"
)

func load(t *testing.T) *lang.Catalogue {
	t.Helper()
	c, err := lang.Load()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestText(t *testing.T) {
	c := load(t)
	for _, tt := range []struct {
		tag  lang.Tag
		key  string
		want string
		from lang.Tag
		ok   bool
	}{
		{"en", "lang.switch", "Change language", "en", true},
		{"mk", "lang.switch", "Смени јазик", "mk", true},
		{"tlh", "lang.switch", "Change language", "en", true},
		{"mk", "no.such.key", "⟦no.such.key⟧", "mk", false},
		{lang.Pseudo, "lang.switch", "⟨Čháñgë láñgûágë ~~~~~~⟩", lang.Pseudo, true},
		{lang.Mirror, "lang.switch", "\u202eChange language\u202c", lang.Mirror, true},
	} {
		got := c.Printer(tt.tag).Say(tt.key)
		want := lang.Said{Text: tt.want, From: tt.from, OK: tt.ok}
		if tt.tag == "tlh" {
			want.From = "en"
		}
		if got != want {
			t.Errorf("%s in %s: got %+v, want %+v", tt.key, tt.tag, got, want)
		}
	}
}

func TestFault(t *testing.T) {
	c := load(t)
	en := c.Printer("en")
	secret := errors.New("the name of a person")
	for _, tt := range []struct {
		err  error
		want string
	}{
		{fault.Wrap(fault.Invalid, "frame.utf8", secret), en.Text("frame.utf8")},
		{fault.Wrap(fault.Hidden, "frame.utf8", secret), en.Text("fault.not-found")},
		{secret, en.Text("fault.internal")},
	} {
		if got := en.Fault(tt.err); got != tt.want {
			t.Errorf("%v: got %q, want %q", tt.err, got, tt.want)
		}
	}
	for _, k := range fault.Kinds() {
		if !c.Has("fault.kind." + k.String()) {
			t.Errorf("no text for the kind %s", k)
		}
	}
}

// The counts are those of Intl.PluralRules: a second engine must agree with ours on every one.
func TestPluralAgreesWithCLDR(t *testing.T) {
	c := load(t)
	for _, tag := range c.Reads() {
		b, err := os.ReadFile("testdata/plural_" + string(tag) + ".json")
		if err != nil {
			t.Fatal(err)
		}
		var want map[string]string
		if err := json.Unmarshal(b, &want); err != nil {
			t.Fatal(err)
		}
		var names struct {
			Units map[string]map[string]map[string]string
		}
		if b, err = os.ReadFile("cldr/" + string(tag) + ".json"); err == nil {
			err = json.Unmarshal(b, &names)
		}
		if err != nil {
			t.Fatal(err)
		}
		p := c.Printer(tag)
		for n, form := range want {
			count, err := strconv.Atoi(n)
			if err != nil {
				t.Fatal(err)
			}
			text := strings.ReplaceAll(names.Units["day"]["length"][form], "{n}", p.Number(int64(count)))
			if got := p.Plural("cldr.day.length", count); text == "" || got != text {
				t.Errorf("%s: %d gives %q, want the form %q: %q", tag, count, got, form, text)
			}
		}
	}
}

func TestTimes(t *testing.T) {
	c := load(t)
	en, mk := c.Printer("en"), c.Printer("mk")
	skopje := time.FixedZone("", 3600)
	at := time.Date(2026, 5, 3, 23, 4, 59, 0, time.UTC)
	for _, tt := range []struct{ got, want string }{
		{en.Date(at), "3 May 2026"},
		{mk.Date(at), "3 мај 2026\u00a0г."},
		{en.Date(at.In(skopje)), "4 May 2026"},
		{en.DateTime(at, skopje), "4 May 2026 at 00:04 (UTC+1)"},
		{mk.DateTime(at, skopje), "4 мај 2026\u00a0г., во 00:04 (UTC+1)"},
		{en.DateTime(at, nil), "3 May 2026 at 23:04 (UTC)"},
		{en.DateTime(at, time.FixedZone("", -12600)), "3 May 2026 at 19:34 (UTC−3:30)"},
		{en.PartialDate(1998, 0, 0), "1998"},
		{mk.PartialDate(1998, 5, 0), "мај 1998\u00a0г."},
		{mk.PartialDate(1998, 0, 0), "1998"},
		{en.PartialDate(0, 5, 3), ""},
		{en.PartialDate(1998, 13, 1), ""},
		{mk.Weekday(time.Saturday), "сабота"},
		{en.Duration(48 * time.Hour), "2 days"},
		{mk.Duration(48 * time.Hour), "2 дена"},
		{mk.Duration(11 * 24 * time.Hour), "11 дена"},
		{mk.Duration(21 * 24 * time.Hour), "21 ден"},
		{en.Duration(24 * time.Hour), "24 hours"},
		{en.Duration(59*time.Minute + 59*time.Second), "59 minutes"},
		{en.Duration(-time.Hour), "0 minutes"},
		{en.Duration(60 * 24 * time.Hour), "1 month"},
		{en.Duration(729 * 24 * time.Hour), "23 months"},
		{en.Duration(730 * 24 * time.Hour), "2 years"},
		{en.Age(at.Add(-3*time.Hour), at), "3 hours ago"},
		{mk.Age(at.Add(-3*time.Hour), at), "пред 3 часа"},
		{en.Age(at.Add(3*time.Hour), at), "in 3 hours"},
		{mk.Age(at.Add(30*time.Minute), at), "за 30 минути"},
		{en.Age(at.Add(-59*time.Second), at), "less than a minute ago"}, // and never "0 minutes ago"
		{en.Age(at, at), "less than a minute ago"},
		{mk.Age(at.Add(59*time.Second), at), "за помалку од минута"},
	} {
		if tt.got != tt.want {
			t.Errorf("got %q, want %q", tt.got, tt.want)
		}
	}
}

func TestNumbersAndNames(t *testing.T) {
	c := load(t)
	en, mk := c.Printer("en"), c.Printer("mk")
	for _, tt := range []struct{ got, want string }{
		{en.Number(0), "0"},
		{en.Number(-1234567), "−1,234,567"},
		{mk.Number(1234567), "1.234.567"},
		{mk.Number(999), "999"},
		{en.Number(-9223372036854775808), "−9,223,372,036,854,775,808"},
		{mk.Decimal(1234.5, 2), "1.234,50"},
		{en.Decimal(-0.25, 1), "−0.2"},
		{en.Percent(0.645, 1), "64.5%"},
		{mk.Percent(0.645, 1), "64,5\u00a0%"},
		{mk.LanguageName("sq"), "албански"},
		{en.LanguageName("rom"), "Romani"},
		{en.LanguageName("zz"), "zz"},
		{mk.CountryName("MK"), "Северна Македонија"},
		{en.CountryName("MK"), "North Macedonia"},
		{en.CountryName("XK"), "Kosovo*"},
		{mk.CountryName("XK"), "Косово*"},
		{en.CountryName("ZZ"), "ZZ"},
		{en.CountryNote("MK", "RS"), ""},
		{en.CountryNote("MK", "XK"), en.Text("lang.country.XK")},
		{en.And(), ""},
		{en.And("a"), "a"},
		{mk.And("а", "б"), "а и б"},
		{en.And("a", "b", "c"), "a, b and c"},
		{mk.Or("а", "б", "в"), "а, б или в"},
	} {
		if tt.got != tt.want {
			t.Errorf("got %q, want %q", tt.got, tt.want)
		}
	}
}

func TestMatch(t *testing.T) {
	c := load(t)
	for _, tt := range []struct {
		chosen, accept string
		want           lang.Tag
	}{
		{"", "", "en"},
		{"", "mk", "mk"},
		{"", "mk-MK,mk;q=0.9,en;q=0.8", "mk"},
		{"", "en-GB,mk;q=0.5", "en"},
		{"", "zh, mk;q=0.3", "mk"},
		{"", "pt", "en"},
		{"mk", "en", "mk"},
		{"klingon", "mk", "mk"},
		{"xx-pseudo", "mk", lang.Pseudo},
		{"", "xx-pseudo", "en"},
		{"", ";;;q=,,\x00", "en"},
		{"../../etc", "", "en"},
	} {
		if got := c.Match(tt.chosen, tt.accept); got != tt.want {
			t.Errorf("chosen %q, accept %q: got %s, want %s", tt.chosen, tt.accept, got, tt.want)
		}
	}
}

func FuzzMatch(f *testing.F) {
	c, err := lang.Load()
	if err != nil {
		f.Fatal(err)
	}
	f.Add("", "mk-MK,mk;q=0.9,en;q=0.8")
	f.Add("en", "*;q=0.1")
	f.Fuzz(func(t *testing.T, chosen, accept string) {
		got := c.Match(chosen, accept)
		if p := c.Printer(got); p.Tag() != got {
			t.Errorf("%q, %q: chose %q, which does not exist", chosen, accept, got)
		}
	})
}
